/**
 * What the bridge has had brokers retain, remembered over restarts: topics of a person or light that is gone are
 * emptied, again at each connection, because a broker or Home Assistant may have been away when they went.
 */
import type { Store } from '../store.ts';

const file = 'retained.json';

/** The topics that were ours and are no more; remembers `expected` beside them. */
export async function ghostTopics(store: Store, expected: ReadonlySet<string>): Promise<string[]> {
  const isList = (topics: unknown) =>
    Array.isArray(topics) && topics.every((topic) => typeof topic === 'string');
  const before = store.read<string[]>(file, isList) ?? [];
  const ghosts = before.filter((topic) => !expected.has(topic));
  const all = [...expected, ...ghosts];
  if (all.length !== before.length || all.some((topic, index) => topic !== before[index])) {
    await store.write(file, all);
  }
  return ghosts;
}
