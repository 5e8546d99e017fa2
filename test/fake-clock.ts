import type { Clock } from '../protocol/clock.ts';

export interface FakeClock extends Clock {
  /** Runs all that falls due in the next `ms`, in order, letting promises settle between two timers. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as NTP or an empty battery does. */
  jump(ms: number): void;
  /** How many timers wait. */
  pending(): number;
}

/**
 * A clock that only a test moves.
 * @param settle waits until what a timer set off is done; promises and one round of the event loop unless told
 */
export function createFakeClock(start = Date.UTC(2026, 10, 23, 9, 0, 0), settle = oneRound): FakeClock {
  let elapsed = 0;
  let wall = start;
  let sequence = 0;
  const timers = new Map<number, { at: number; run: () => void }>();

  function next(until: number): [number, { at: number; run: () => void }] | undefined {
    let first: [number, { at: number; run: () => void }] | undefined;
    for (const entry of timers) {
      if (entry[1].at <= until && (!first || entry[1].at < first[1].at)) first = entry;
    }
    return first;
  }

  return {
    now: () => wall + elapsed,
    monotonic: () => elapsed,
    after(ms, run) {
      const id = ++sequence;
      timers.set(id, { at: elapsed + Math.max(0, ms), run });
      return () => timers.delete(id);
    },
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (let due = next(end); due; due = next(end)) {
        timers.delete(due[0]);
        elapsed = due[1].at;
        due[1].run();
        await settle();
      }
      elapsed = end;
      await settle();
    },
    jump(ms) {
      wall += ms;
    },
    pending: () => timers.size,
  };
}

/** Lets everything that is ready run: promise callbacks and one round of the event loop. */
function oneRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
