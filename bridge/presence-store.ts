/** The board's memory over a restart: presences are written soon after a change, and now and then while confirmed. */
import { type Clock, every } from '../protocol/clock.ts';
import { bootId } from './boot.ts';
import { type Log, reasonOf } from './log.ts';
import type { Board, StoredPresence } from './presence/board.ts';
import type { Store } from './store.ts';

const file = 'presence.json';
/** Changes come in bursts; one write does for all. */
const gatherMs = 1_000;
const longestMs = 60_000;

interface Kept {
  boot: string;
  presences: StoredPresence[];
}

/**
 * What was kept; empty when nothing was, or when it is damaged. After the machine was off nobody can say how old it is:
 * a Pi without a battery clock goes on from the last second that it saved. Then only `since` is left.
 */
export function storedPresences(store: Store): StoredPresence[] {
  const kept = store.read<Kept>(file, ({ presences }) => Array.isArray(presences));
  if (!kept) return [];
  const sameBoot = kept.boot === bootId();
  return kept.presences
    .filter(
      (one) => typeof one?.id === 'string' && Number.isFinite(one.since) && Number.isFinite(one.confirmedAt),
    )
    .map((one) => (sameBoot ? one : { ...one, confirmedAt: 0 }));
}

export interface BoardKeeper {
  start(): void;
  /** Writes what is to be kept, and ends. */
  stop(): Promise<void>;
}

export function keepBoard(options: {
  board: Board;
  store: Store;
  clock: Clock;
  log: Log;
  staleAfterMs: number;
}): BoardKeeper {
  const { board, store, clock, log } = options;
  // Often enough for a restart after a crash to find what is still young.
  const everyMs = Math.min(longestMs, options.staleAfterMs / 4);
  let written = '';
  let cancels: (() => void)[] = [];
  let cancelSoon: (() => void) | undefined;

  async function write(): Promise<void> {
    const kept: Kept = { boot: bootId(), presences: board.snapshot() };
    const text = JSON.stringify(kept);
    if (text === written) return;
    try {
      await store.writeText(file, text);
      written = text;
    } catch (error) {
      log.warn(`Presences cannot be kept for a restart: ${reasonOf(error)}`);
    }
  }

  return {
    start() {
      cancels = [
        every(clock, everyMs, () => void write()),
        board.onChange(() => {
          cancelSoon ??= clock.after(gatherMs, () => {
            cancelSoon = undefined;
            void write();
          });
        }),
      ];
    },
    async stop() {
      for (const cancel of cancels) cancel();
      cancelSoon?.();
      await write();
    },
  };
}
