/** Overrides over a restart: written at each change, read once. */

import type { Show } from '../protocol/show.ts';
import type { Status } from '../protocol/status.ts';
import { effects, statuses } from '../protocol/status.ts';
import { type Log, reasonOf } from './log.ts';
import type { Overrides, StoredOverride } from './presence/override.ts';
import type { Store } from './store.ts';

const file = 'overrides.json';

interface Stored {
  people: StoredOverride<Status>[];
  lights: StoredOverride<Show>[];
}

/** What was kept; empty when nothing was, or when it is damaged. */
export function storedOverrides(store: Store): Stored {
  const stored = store.read<Partial<Stored>>(file, (value) => typeof value === 'object' && value !== null);
  const kept = <Value>(list: unknown, good: (value: Value) => boolean) =>
    (Array.isArray(list) ? (list as StoredOverride<Value>[]) : []).filter(
      (entry) =>
        typeof entry?.id === 'string' &&
        Number.isFinite(entry.since) &&
        Number.isFinite(entry.until) &&
        good(entry.value),
    );
  return {
    people: kept<Status>(stored?.people, (value) => statuses.includes(value)),
    lights: kept<Show>(
      stored?.lights,
      (value) => value?.state === 'OFF' || (value?.state === 'ON' && effects.includes(value.effect)),
    ),
  };
}

/** Writes at each change; the result waits for the last write, for a stop. */
export function keepOverrides(options: {
  people: Overrides<Status>;
  lights: Overrides<Show>;
  store: Store;
  log: Log;
}): () => Promise<void> {
  const { people, lights, store, log } = options;
  let writing = Promise.resolve();
  const write = () => {
    const value: Stored = { people: people.snapshot(), lights: lights.snapshot() };
    writing = writing
      .then(() => store.write(file, value))
      .catch((error: unknown) =>
        log.warn(`What was set by hand cannot be kept for a restart: ${reasonOf(error)}`),
      );
  };
  people.onChange(write);
  lights.onChange(write);
  return () => writing;
}
