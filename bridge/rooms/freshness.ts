/** Says in the log that people became unknown, and that they are fresh again: one line, however many they are. */
import type { Clock } from '../../protocol/clock.ts';
import type { Log } from '../log.ts';
import type { Board } from '../presence/board.ts';

/** Those who become unknown, or are read again, within this time share a line. */
const gatherMs = 1_000;

/**
 * Only who was fresh can become unknown: at the start nobody is told of.
 * @param why nothing confirmed them, with what to do where anybody can do something
 * @returns what ends it
 */
export function sayFreshness(options: {
  board: Pick<Board, 'all' | 'onChange'>;
  clock: Clock;
  log: Log;
  why: () => string;
}): () => void {
  const { board, clock, log, why } = options;
  const fresh = new Set(board.all().flatMap((person) => (person.fresh ? [person.id] : [])));
  /** Unknown since they were fresh. */
  const unknown = new Set<string>();
  let lost = 0;
  let found = 0;
  let cancel: (() => void) | undefined;

  function flush(): void {
    cancel = undefined;
    if (lost > 0)
      log.warn(
        `${people(lost, 'became')} unknown: ${why()}. Until they are read again, their lights say so.`,
      );
    if (found > 0) log.info(`${people(found, 'are', 'is')} fresh again.`);
    lost = 0;
    found = 0;
  }

  const remove = board.onChange(({ id, fresh: isFresh }) => {
    if (isFresh === fresh.has(id)) return;
    if (isFresh) {
      fresh.add(id);
      if (!unknown.delete(id)) return;
      found++;
    } else {
      fresh.delete(id);
      unknown.add(id);
      lost++;
    }
    cancel ??= clock.after(gatherMs, flush);
  });
  return () => {
    remove();
    cancel?.();
  };
}

const people = (count: number, many: string, one = many) =>
  count === 1 ? `1 person ${one}` : `${count} people ${many}`;
