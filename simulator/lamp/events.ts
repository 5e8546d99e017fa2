/** Espruino's event emitter, as far as sockets, `E` and `process` have it. */

export type Listener = (...values: unknown[]) => void;

/** `call` runs each listener; it must not throw. */
export function createEvents(call: (run: () => void) => void) {
  const listeners = new Map<string, Listener[]>();
  return {
    on(event: string, run: Listener): void {
      listeners.set(event, [...(listeners.get(event) ?? []), run]);
    },
    /** Whether anyone listened. */
    emit(event: string, ...values: unknown[]): boolean {
      const runs = listeners.get(event) ?? [];
      for (const run of runs) call(() => run(...values));
      return runs.length > 0;
    },
  };
}
