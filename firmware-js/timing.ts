/** How long the firmware waits for what. */
import { configTrialMs } from '../protocol/lamp-admin.ts';
import { aliveTimeoutMs } from '../protocol/topics.ts';

/** What a test may shorten, in milliseconds; made when asked for, so that one copy is in memory. */
export function defaultTiming() {
  return {
    identify: 10_000,
    /** How old the bridge's last sign of life may be. */
    alive: aliveTimeoutMs,
    /** How long the broker may take to answer a log-in or a subscription. */
    answer: 5000,
    keepAlive: 20_000,
    /** The first and the longest wait before another try; the lamp must be back 10 s after the broker is. */
    firstRetry: 500,
    lastRetry: 5000,
    /** How long new settings have to prove themselves. */
    trial: configTrialMs,
  };
}

/** One frame of an effect that moves. */
export const frameMs = 40;
/** A still frame is said again, because a glitch on the wire stays until the next one. */
export const restateMs = 1000;
/** How far from the bridge's clock nobody sees, and a message may be late. */
const mostOff = 80;
/** How often Wi-Fi is looked after, and when no address for so long calls for a fresh start. */
export const wifiMs = 5000;
export const wifiRebootMs = 600_000;
/** How long no network before the set-up network opens, and how long it stays. */
export const setupAfterMs = 180_000;
export const setupOpenMs = 180_000;

export type Timing = ReturnType<typeof defaultTiming>;

let behind = 0;

/** Milliseconds of the bridge's clock, once it has been heard: by it lamps that hang side by side blink together. */
export function sharedTime(): number {
  return getTime() * 1000 + behind;
}

/** Follows the bridge's clock; a lamp that is off by less than one sees it skips less if it stays so. */
export function followTime(ms: number): void {
  const off = ms - sharedTime();
  // Neither what is no number nor one without end: effects would stand still for good.
  if (ms > 0 && ms < 1e15 && Math.abs(off) > mostOff) behind += off;
}

/** Stops a timer, if there is one; Espruino's clearTimeout throws on undefined. */
export function cancel(timer: number | undefined): void {
  if (timer) clearTimeout(timer);
}

/**
 * Waits that double up to the longest, each shortened at random so that lamps do not come back in one swarm. What it
 * makes gives the next one, in ms; asked with `true` it starts from the first again.
 */
export function createBackoff(first: number, last: number) {
  let wait = first;
  return (anew?: boolean): number => {
    const ms = wait * (0.6 + 0.4 * Math.random());
    wait = anew ? first : Math.min(wait * 2, last);
    return ms;
  };
}
