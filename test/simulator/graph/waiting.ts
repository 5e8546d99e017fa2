import type { FakeClock } from '../../fake-clock.ts';

/**
 * Lets the clock, one that waits for real sockets, run in steps until the promise is settled.
 * Fails when `limit` ms of the clock's time have passed.
 */
export async function runUntil<T>(
  clock: FakeClock,
  step: number,
  limit: number,
  wanted: Promise<T>,
): Promise<T> {
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  wanted.then(mark, mark);
  for (let passed = 0; passed < limit; passed += step) {
    await clock.advance(step);
    if (settled) return wanted;
  }
  throw new Error(`Nothing came within ${limit} ms.`);
}

/** Waits, in real time, until the condition holds. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 2));
}
