/** What people, lights and the bridge look like to others: on topics, in the API, in the page's events. */
import type { LightState, Show } from './show.ts';
import type { SignInState } from './sign-in.ts';
import type { Status } from './status.ts';

/** A person's presence as it is published, served and drawn: the board's words, the name, what is overridden. */
export interface PresencePayload {
  status: Status;
  availability?: string | null;
  activity?: string | null;
  outOfOffice?: boolean | null;
  since: string;
  checkedAt: string | null;
  fresh: boolean;
  source: 'push' | 'poll' | 'override' | 'none';
  name: string;
  override: { status: Status; until: string } | null;
}

export interface HealthPayload {
  version: string;
  startedAt: string;
  source: 'push' | 'poll' | 'none';
  signIn: 'ok' | 'needed' | 'expiring';
  subscription: { expiresAt: string } | null;
  people: number;
  lights: { online: number; total: number };
  lastGraphContact: string | null;
}

/**
 * What happens to a light when the bridge is gone (contract section 3): `own` shows unknown by itself, `timer` has
 * one of its own that runs out, `host` is set dark when the process ends.
 */
export type LightClass = 'own' | 'timer' | 'host';

export type PersonView = PresencePayload & { id: string };

/** The bridge's own. */
export type HealthView = HealthPayload & { id: 'bridge' };

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
  /** Dark because of quiet hours. */
  quiet: boolean;
}

export type LiveEvent =
  | { event: 'presence'; data: PersonView }
  | { event: 'light'; data: LightView }
  | { event: 'health'; data: HealthView }
  | { event: 'removed'; data: { of: 'people' | 'lights'; id: string } }
  /** The file is another one than before; `refused`: a hand edit is not in force, and why. */
  | { event: 'config'; data: { etag: string; refused?: string } }
  | { event: 'sign-in'; data: SignInState[] }
  /** A simulated lamp only: the LED bytes that its firmware set, `rrggbb` each. */
  | { event: 'pixels'; data: { id: string; pixels: string } };
