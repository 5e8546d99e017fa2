/**
 * The show message: what a light must show, and, on `…/state`, what it shows (contract section 4).
 * It is Home Assistant's JSON light schema, with our effects.
 */
import type { Effect } from './status.ts';

export interface Rgb {
  r: number;
  g: number;
  b: number;
}

/** One part of a light that shows several people; at most 8 of them, in order from the first LED on. */
export interface Segment {
  color: Rgb;
  /** 0 to 255 */
  brightness: number;
  effect: Effect;
}

export interface ShowOn {
  state: 'ON';
  color_mode: 'rgb';
  /** Each 0 to 255, before brightness. */
  color: Rgb;
  /** 0 to 255 */
  brightness: number;
  effect: Effect;
  segments?: Segment[];
  override?: ByHand | null;
}

/** That somebody set this by hand, and when that ends (ISO-8601); a lamp says it again in its state. */
export interface ByHand {
  until: string;
}

export type Show = ShowOn | { state: 'OFF'; override?: ByHand | null };

/** What a light says it shows; a lamp adds what is known of itself. */
export type LightState = Show & {
  fw?: string;
  board?: string;
  espruino?: string;
  /** dBm; null where there is no Wi-Fi. */
  rssi?: number | null;
  /** seconds */
  uptime?: number;
  /** free variables of the interpreter */
  free?: number;
  ip?: string | null;
  /** What is wrong now. */
  error?: string | null;
  /** What was wrong last since the start, a lost connection included. */
  lastError?: string | null;
  /** Why it started: `power` (also a reset or its watchdog), or why it restarted itself. */
  restart?: string;
  /** Which of its two app files runs. */
  slot?: 'a' | 'b';
};

/** The longest show, config and update message in bytes: one Espruino socket chunk (536) less the MQTT header. */
export const maxShowBytes = 500;

/** Whether a light that says `state` shows what it must. */
export function isShown(show: Show | null, state: LightState | null): boolean {
  if (!show || !state || show.state === 'OFF' || state.state === 'OFF') return show?.state === state?.state;
  const look = ({ color, brightness, effect, segments }: ShowOn) =>
    JSON.stringify([color.r, color.g, color.b, brightness, effect, segments ?? []]);
  return look(show) === look(state);
}
