/**
 * What the bridge has had brokers retain, remembered over restarts: topics of a person or light that is gone are
 * emptied, again at each connection, because a broker or Home Assistant may have been away when they went.
 */
import type { Store } from '../store.ts';

const file = 'retained.json';

export interface Ghosts {
  /** The topics that were ours and are no more; remembers `ours` beside them. */
  beside(ours: readonly string[]): string[];
  /** Resolves when all is written. */
  written(): Promise<void>;
}

/** @param onFault is called when they cannot be remembered */
export function openGhosts(store: Store, onFault: (error: unknown) => void): Ghosts {
  const isList = (topics: unknown) =>
    Array.isArray(topics) && topics.every((topic) => typeof topic === 'string');
  let known = store.read<string[]>(file, isList) ?? [];
  let writing = Promise.resolve();
  return {
    beside(ours) {
      const now = new Set(ours);
      const ghosts = known.filter((topic) => !now.has(topic));
      const all = [...now, ...ghosts];
      if (all.join('\n') !== known.join('\n')) {
        known = all;
        writing = writing.then(() => store.write(file, all)).catch(onFault);
      }
      return ghosts;
    },
    written: () => writing,
  };
}
