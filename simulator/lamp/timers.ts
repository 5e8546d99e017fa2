/** Espruino's timers on a Clock: numbered from 1, and cleared all at once when the lamp loses its power. */
import type { Clock } from '../../protocol/clock.ts';

type Run = (...values: unknown[]) => void;

/** `call` runs what falls due; it must not throw. */
export function createTimers(clock: Clock, call: (run: () => void) => void) {
  const timers = new Map<number, { run: Run; cancel: () => void }>();
  let last = 0;
  let kick = () => {};
  let stopWatchdog = () => {};

  function arm(id: number, run: Run, ms: number, values: unknown[], again: boolean): void {
    const cancel = clock.after(Math.max(0, Number(ms) || 0), () => {
      if (again) arm(id, run, ms, values, true);
      else timers.delete(id);
      call(() => run(...values));
    });
    timers.set(id, { run, cancel });
  }

  function clearAll(): void {
    for (const timer of timers.values()) timer.cancel();
    timers.clear();
  }

  function clear(...ids: unknown[]): void {
    if (ids.length === 0) {
      clearAll();
      return;
    }
    const [id] = ids;
    // As in Espruino, where undefined more likely means a mistake than a timer that never was.
    if (id === undefined) throw new Error('clearTimeout(undefined) not allowed. Use clearTimeout()');
    const timer = timers.get(id as number);
    timer?.cancel();
    timers.delete(id as number);
  }

  return {
    setTimeout(run: Run, ms: number, ...values: unknown[]): number {
      arm(++last, run, ms, values, false);
      return last;
    },
    setInterval(run: Run, ms: number, ...values: unknown[]): number {
      arm(++last, run, ms, values, true);
      return last;
    },
    changeInterval(id: number, ms: number): void {
      const timer = timers.get(id);
      if (!timer) throw new Error('Unknown Interval');
      timer.cancel();
      arm(id, timer.run, ms, [], true);
    },
    clear,
    /** A watchdog that only kicking keeps quiet. */
    enableWatchdog: (bark: () => void) => (seconds: number) => {
      kick = () => {
        stopWatchdog();
        stopWatchdog = clock.after(seconds * 1000, bark);
      };
      kick();
    },
    kickWatchdog: () => kick(),
    stop(): void {
      stopWatchdog();
      clearAll();
    },
  };
}
