/** All or nothing: what was started is ended in reverse order, by a failed start and by a stop alike. */
import { type Clock, sleep } from '../../protocol/clock.ts';
import { type Log, reasonOf } from '../log.ts';

/** One part of a stop that does not end; all of it is to take 5 s at most (contract section 1). */
const partMs = 2_000;

/** What was started, each with its end. */
export type Ends = (() => unknown)[];

/** `begin` adds an end for each thing before, or as soon as, it starts it. */
export function createLifecycle<Started>(
  begin: (ends: Ends) => Promise<Started>,
  { clock, log }: { clock: Clock; log: Log },
): { start(): Promise<Started>; stop(): Promise<void> } {
  const ends: Ends = [];
  let starting: Promise<unknown> = Promise.resolve();

  async function end(): Promise<void> {
    for (const part of ends.splice(0).reverse()) {
      const ended = Promise.resolve(part()).catch((error: unknown) =>
        log.warn(`Stopping: ${reasonOf(error)}`),
      );
      const deadline = new AbortController();
      await Promise.race([ended, sleep(clock, partMs, deadline.signal)]);
      deadline.abort();
    }
  }

  return {
    async start() {
      try {
        const started = begin(ends);
        starting = started;
        return await started;
      } catch (error) {
        await end();
        throw error;
      }
    },
    async stop() {
      // Told to stop in the middle of a start: what is half open cannot be closed.
      await starting.catch(() => {});
      await end();
    },
  };
}
