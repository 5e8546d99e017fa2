/** How long the firmware waits for what. A test shortens them by `timing` in the settings. */
import { aliveTimeoutMs } from '../protocol/topics.ts';

/** All in milliseconds. */
export const defaultTiming = {
  /** One frame of an effect that moves. */
  frame: 40,
  /** A still frame is said again, because a glitch on the wire stays until the next one. */
  restate: 1000,
  identify: 10_000,
  /** How old the bridge's last sign of life may be. */
  alive: aliveTimeoutMs,
  /** How long the broker may take to answer a log-in or a subscription. */
  answer: 5000,
  keepAlive: 20_000,
  /** The first and the longest wait before another try; the lamp must be back 10 s after the broker is. */
  firstRetry: 500,
  lastRetry: 5000,
  /** How often Wi-Fi is looked after, and when no address for so long calls for a fresh start. */
  wifi: 5000,
  wifiReboot: 600_000,
};

export type Timing = typeof defaultTiming;

/** Stops a timer, if there is one; Espruino's clearTimeout throws on undefined. */
export function cancel(timer: number | undefined): void {
  if (timer) clearTimeout(timer);
}

/** Waits that double up to the longest, each shortened at random so that lamps do not come back in one swarm. */
export function createBackoff(timing: Timing) {
  let wait = timing.firstRetry;
  return {
    next(): number {
      const ms = wait * (0.6 + 0.4 * Math.random());
      wait = Math.min(wait * 2, timing.lastRetry);
      return ms;
    },
    reset(): void {
      wait = timing.firstRetry;
    },
  };
}
