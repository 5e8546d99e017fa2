/** The board's memory over a restart: presences are written soon after a change, and each minute while confirmed. */
import { type Clock, every } from '../protocol/clock.ts';
import { type Log, reasonOf } from './log.ts';
import type { Board, StoredPresence } from './presence/board.ts';
import type { Store } from './store.ts';

const file = 'presence.json';
/** Changes come in bursts; one write does for all. */
const gatherMs = 1_000;
const everyMs = 60_000;

/** What was kept; empty when nothing was, or when it is damaged. */
export function storedPresences(store: Store): StoredPresence[] {
  const stored = store.read<unknown>(file);
  if (!Array.isArray(stored)) return [];
  return stored.filter(
    (entry) =>
      typeof entry?.id === 'string' && Number.isFinite(entry?.since) && Number.isFinite(entry?.confirmedAt),
  );
}

export interface BoardKeeper {
  start(): void;
  /** Writes what is to be kept, and ends. */
  stop(): Promise<void>;
}

export function keepBoard(options: { board: Board; store: Store; clock: Clock; log: Log }): BoardKeeper {
  const { board, store, clock, log } = options;
  let written = '';
  let cancels: (() => void)[] = [];
  let cancelSoon: (() => void) | undefined;

  async function write(): Promise<void> {
    const text = JSON.stringify(board.snapshot());
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
