/** What the page and the API may know and do; the bridge gives it to the web listener. */
import type { LightHealth, TimelineView } from '../../protocol/api.ts';
import type { HealthPayload, HealthView, LightView, LiveEvent, PersonView } from '../../protocol/payloads.ts';

import type { Look, Status } from '../../protocol/status.ts';

export interface DemoPresence {
  availability: string;
  activity?: string;
  outOfOffice?: boolean;
}

export type SetOutcome = { ok: true; data: unknown } | { ok: false; error: string; missing?: boolean };

export interface View {
  version: string;
  person(id: string): PersonView;
  people(): PersonView[];
  lights(): LightView[];
  light(id: string): LightView | undefined;
  health(): HealthView;
  /** Nothing when there is no such light. */
  lightHealth(id: string): LightHealth | undefined;
  /** Nothing when there is no such person. */
  timeline(id: string): TimelineView | undefined;
  /** What each status looks like now. */
  looks(): Readonly<Record<Status, Look>>;
  /** What is not up, in words; empty when all is. */
  missing(): string[];
  /** Whether anybody's status set by hand is set in Teams, too. */
  setsTeams(): boolean;
  /** The newest pixels of each simulated lamp. */
  pixels(): { id: string; pixels: string }[];
  onEvent(listener: (event: LiveEvent) => void): () => void;
  /** A light's or person's `set`, checked as on MQTT. */
  setLight(id: string, value: unknown): SetOutcome;
  setPerson(id: string, value: unknown): SetOutcome;
  /** False when there is no such light. */
  identify(light: string): boolean;
  /** The demo's only: sets a presence in the stand-in; false when it knows no such person or presence. */
  setPresence?(person: string, presence: DemoPresence): Promise<boolean>;
  personChanged(person: PersonView): void;
  lightChanged(id: string): void;
  /** A person or a light is no more. */
  removed(of: 'people' | 'lights', id: string): void;
  /** Anything else that pages hear of. */
  tell(event: LiveEvent): void;
  healthChanged(payload: HealthPayload): void;
  pixelsChanged(light: string, pixels: Uint8Array): void;
}
