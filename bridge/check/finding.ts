/** What `doorlight check` finds, and what it finds it with. Each check is one file in this folder. */
import type { ChainLink, LightHealth } from '../../protocol/api.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Listeners } from '../config/listeners.ts';
import type { Config } from '../config/schema.ts';
import type { GraphDiagnosis } from '../graph/diagnosis.ts';
import type { Fetch } from '../graph/http.ts';
import type { Contact } from './contact.ts';

export interface Finding {
  /** What was looked at, in a word or two: "Sign-in", "Port 8080 (web)". */
  what: string;
  /** A fault keeps something from working; a warning may, or will soon. */
  level: 'ok' | 'warning' | 'fault';
  /** One sentence. */
  message: string;
  /** What to do about it, as a sentence; never missing from a warning or a fault. */
  mend?: string;
  /** Of a light: the chain from Microsoft to it. */
  links?: readonly ChainLink[];
}

/** What the checks look at. None of them changes anything. */
export interface Surroundings {
  config: Config;
  /** The path of the configuration. */
  file: string;
  listeners: Listeners;
  clock: Clock;
  /** Whether a bridge is running on this data directory: it is asked then, and left in peace. */
  running: boolean;
  /** Nothing in set-up mode. */
  graph: GraphDiagnosis | undefined;
  /** Why each light shows what it shows, from the running bridge. */
  chains: readonly LightHealth[] | undefined;
  /** Microsoft's two addresses, tried once; nothing in set-up mode. */
  microsoft: { authority: Contact; graph: Contact } | undefined;
  /** The way out to the public, without the extra trust of `caFile`. */
  fetch: Fetch;
}

export type Check = (surroundings: Surroundings) => Finding[] | Promise<Finding[]>;

export const ok = (what: string, message: string): Finding => ({ what, level: 'ok', message });
export const warning = (what: string, message: string, mend: string): Finding => ({
  what,
  level: 'warning',
  message,
  mend,
});
export const fault = (what: string, message: string, mend: string): Finding => ({
  what,
  level: 'fault',
  message,
  mend,
});
