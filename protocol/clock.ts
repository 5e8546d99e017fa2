/**
 * Time as an argument. Every part that waits or stamps takes a Clock, so that a test owns time.
 * Wall time (`now`) may jump, on a Pi without a battery clock by years; durations are measured with `monotonic`.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970. For stamps only. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back. For durations and deadlines. */
  monotonic(): number;
  /** Calls `run` once after `ms`; the result cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** A stamp as ISO-8601 in UTC, of ms since 1970. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** Calls `run` each `ms`, the first time after `ms`; the result cancels it. */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  let cancel = clock.after(ms, tick);
  function tick(): void {
    cancel = clock.after(ms, tick);
    run();
  }
  return () => cancel();
}

/** Resolves after `ms` of the clock's time, or at once when the signal aborts. */
export function sleep(
  clock: Clock,
  ms: number,
  signal?: {
    aborted: boolean;
    addEventListener(type: 'abort', run: () => void): void;
    removeEventListener(type: 'abort', run: () => void): void;
  },
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done);
  });
}

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
