/** How much the process does, in blocks of code that V8 counts as run: the same each time, where time never is. */
import { Session } from 'node:inspector/promises';

export interface WorkCounter {
  /** Function or block -> how often it ran since the last call, in the files whose address `counts`. */
  take(): Promise<Map<string, number>>;
  stop(): void;
}

/** One at a time in a process: V8 has one counter. */
export async function countWork(counts: (url: string) => boolean): Promise<WorkCounter> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    async take() {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      const ran = new Map<string, number>();
      for (const { url, functions } of result) {
        if (!counts(url)) continue;
        for (const { functionName, ranges } of functions) {
          for (const { startOffset, count } of ranges) {
            if (count > 0) ran.set(`${url} ${functionName} ${startOffset}`, count);
          }
        }
      }
      return ran;
    },
    stop: () => session.disconnect(),
  };
}
