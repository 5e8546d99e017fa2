/** What somebody set by hand, of a person or a light: it stands over what Graph says, and always has an end. */
import type { Clock } from '../../protocol/clock.ts';
import type { Status } from '../../protocol/status.ts';
import type { PersonPresence } from './board.ts';

/** The longest override, in ms: a day (contract section 4, `for`). */
export const longestOverrideMs = 24 * 3_600_000;

export interface Override<Value> {
  value: Value;
  /** Wall clock, ms: when it was set, and when it ends. */
  since: number;
  until: number;
}

export type StoredOverride<Value> = Override<Value> & { id: string };

export interface Overrides<Value> {
  /** @param forMs from 1 to longestOverrideMs */
  set(id: string, value: Value, forMs: number): void;
  clear(id: string): void;
  get(id: string): Override<Value> | undefined;
  /** Calls with each id whose override came, changed or ended; the result removes the listener. */
  onChange(listener: (id: string) => void): () => void;
  snapshot(): StoredOverride<Value>[];
  /** None stands from now on, and nobody is told; what was kept stays kept. */
  stop(): void;
}

export function createOverrides<Value>(options: {
  clock: Clock;
  stored?: readonly StoredOverride<Value>[];
}): Overrides<Value> {
  const { clock } = options;
  const standing = new Map<string, Override<Value> & { cancel: () => void }>();
  const listeners = new Set<(id: string) => void>();

  /** Ends by the monotonic clock, so that a wall clock that is set right neither cuts nor stretches it. */
  function stand(id: string, override: Override<Value>, leftMs: number): void {
    standing.get(id)?.cancel();
    standing.set(id, { ...override, cancel: clock.after(leftMs, () => clear(id)) });
  }

  function clear(id: string): void {
    const override = standing.get(id);
    if (!override) return;
    override.cancel();
    standing.delete(id);
    for (const listener of listeners) listener(id);
  }

  for (const { id, ...override } of options.stored ?? []) {
    // A clock that was set back meanwhile must not make it longer than it was meant.
    const left = Math.min(override.until - clock.now(), override.until - override.since, longestOverrideMs);
    if (left > 0) stand(id, { ...override, until: clock.now() + left }, left);
  }

  return {
    set(id, value, forMs) {
      const since = clock.now();
      stand(id, { value, since, until: since + forMs }, forMs);
      for (const listener of listeners) listener(id);
    },
    clear,
    get: (id) => standing.get(id),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => [...standing].map(([id, { value, since, until }]) => ({ id, value, since, until })),
    stop() {
      for (const { cancel } of standing.values()) cancel();
      standing.clear();
      listeners.clear();
    },
  };
}

/** A presence with what was set by hand over it; the raw words stay Graph's. */
export function withOverride(
  presence: PersonPresence,
  override: Override<Status> | undefined,
): PersonPresence {
  if (!override) return presence;
  return {
    ...presence,
    status: override.value,
    since: new Date(override.since).toISOString(),
    fresh: true,
    source: 'override',
  };
}
