/** What the page and the API may know and do, and what changes in it. */
import type { LightState, Show } from '../../protocol/show.ts';
import type { Config } from '../config/schema.ts';
import type { Health } from '../health.ts';
import type { Director } from '../lighting/director.ts';
import { classOf } from '../lights/drivers.ts';
import type { Light, LightClass } from '../lights/light.ts';
import type { HealthPayload, PresencePayload } from '../mqtt/publisher.ts';
import type { PersonPresence } from '../presence/board.ts';

export type PersonView = PresencePayload & { id: string };

export interface LightView {
  id: string;
  name: string;
  kind: string;
  class: LightClass;
  shows: readonly string[];
  online: boolean;
  /** What it must show. */
  show: Show | null;
  /** What it says it shows. */
  state: LightState | null;
}

export type LiveEvent =
  | { event: 'presence'; data: PersonView }
  | { event: 'light'; data: LightView }
  | { event: 'health'; data: HealthPayload }
  /** A simulated lamp only: the LED bytes that its firmware set, `rrggbb` each. */
  | { event: 'pixels'; data: { id: string; pixels: string } };

export interface DemoPresence {
  availability: string;
  activity?: string;
  outOfOffice?: boolean;
}

export interface View {
  version: string;
  person(id: string): PersonView;
  people(): PersonView[];
  lights(): LightView[];
  health(): HealthPayload;
  /** What is not up, in words; empty when all is. */
  missing(): string[];
  /** The newest pixels of each simulated lamp. */
  pixels(): { id: string; pixels: string }[];
  onEvent(listener: (event: LiveEvent) => void): () => void;
  /** False when there is no such light. */
  identify(light: string): boolean;
  /** The demo's only: sets a presence in the stand-in; false when it knows no such person or presence. */
  setPresence?(person: string, presence: DemoPresence): Promise<boolean>;
  personChanged(id: string): void;
  lightChanged(id: string): void;
  healthChanged(payload: HealthPayload): void;
  pixelsChanged(light: string, pixels: Uint8Array): void;
}

export function createView(options: {
  version: string;
  config: Config;
  presenceOf: (person: string) => PersonPresence;
  lights: ReadonlyMap<string, Light>;
  director: Director;
  health: Health;
  demo: Pick<View, 'setPresence'> | undefined;
}): View {
  const { config, presenceOf, lights, director, health, demo } = options;
  const people = new Map(config.people.map((person) => [person.id, person]));
  const lightConfigs = new Map(config.lights.map((light) => [light.id, light]));
  const listeners = new Set<(event: LiveEvent) => void>();
  const pixels = new Map<string, string>();

  function tell(event: LiveEvent): void {
    for (const listener of listeners) listener(event);
  }

  function person(id: string): PersonView {
    return { ...presenceOf(id), id, name: people.get(id)!.name ?? id, override: null };
  }

  function lightView(id: string): LightView {
    const { name = id, kind, shows } = lightConfigs.get(id)!;
    const light = lights.get(id)!;
    return {
      id,
      name,
      kind,
      class: classOf[kind],
      shows,
      ...light.report(),
      show: director.show(id) ?? null,
    };
  }

  return {
    version: options.version,
    person,
    people: () => [...people.keys()].map(person),
    lights: () => [...lights.keys()].map(lightView),
    health: health.payload,
    missing: health.missing,
    pixels: () => [...pixels].map(([id, hex]) => ({ id, pixels: hex })),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    identify(id) {
      lights.get(id)?.identify();
      return lights.has(id);
    },
    ...(demo?.setPresence ? { setPresence: demo.setPresence } : {}),
    personChanged: (id) => tell({ event: 'presence', data: person(id) }),
    lightChanged: (id) => tell({ event: 'light', data: lightView(id) }),
    healthChanged: (data) => tell({ event: 'health', data }),
    pixelsChanged(id, bytes) {
      const hex = Buffer.from(bytes).toString('hex');
      if (pixels.get(id) === hex) return;
      pixels.set(id, hex);
      tell({ event: 'pixels', data: { id, pixels: hex } });
    },
  };
}
