/**
 * Notices when time made a leap: the wall clock was set, or the machine slept. Timers and the monotonic clock may
 * stand still through a sleep, so what was confirmed before it only looks young.
 */
import { type Clock, every } from '../../protocol/clock.ts';

const lookMs = 5_000;
/** A clock that is kept by NTP drifts and is slewed by less. */
const leastMs = 2_000;

/** Calls with the ms of each leap, negative when the clock was set back; the result ends it. */
export function watchTime(clock: Clock, onLeap: (ms: number) => void): () => void {
  let offset = clock.now() - clock.monotonic();
  return every(clock, lookMs, () => {
    const next = clock.now() - clock.monotonic();
    const leap = next - offset;
    offset = next;
    if (Math.abs(leap) >= leastMs) onLeap(leap);
  });
}
