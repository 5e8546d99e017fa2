/**
 * The watchdog for the silent stop. Graph never says that presence notifications were lost, so what a read finds is
 * held against what push said: a change that no notification brought within its longest documented delay is lost.
 */
import type { Clock } from '../../protocol/clock.ts';
import type { ReadWords } from '../presence/board.ts';

/** "Maximum 1 minute" (Microsoft Learn, "Change notifications overview", latency). */
const longestDelayMs = 60_000;
/** A basic notification is answered by a read that comes well within this. */
const announcedForMs = 10_000;

export interface LostPush {
  /** A notification came; without words it only said who changed. */
  pushed(objectId: string, words?: ReadWords): void;
  /** A read found this. `watching` = push should have told. */
  read(objectId: string, words: ReadWords, watching: boolean): void;
  /** How many changes have not been told in time; those are then forgotten. */
  takeLost(): number;
  forget(): void;
}

export function createLostPush(clock: Clock): LostPush {
  const believed = new Map<string, string>();
  const announced = new Map<string, number>();
  const untold = new Map<string, number>();

  return {
    pushed(objectId, words) {
      untold.delete(objectId);
      if (words) believed.set(objectId, wordsAsText(words));
      else announced.set(objectId, clock.monotonic());
    },
    read(objectId, words, watching) {
      const text = wordsAsText(words);
      const before = believed.get(objectId);
      believed.set(objectId, text);
      if (!watching || before === undefined || before === text || untold.has(objectId)) return;
      const at = announced.get(objectId);
      if (at !== undefined && clock.monotonic() - at < announcedForMs) return;
      untold.set(objectId, clock.monotonic());
    },
    takeLost() {
      let lost = 0;
      for (const [objectId, since] of untold) {
        if (clock.monotonic() - since < longestDelayMs) continue;
        untold.delete(objectId);
        lost++;
      }
      return lost;
    },
    forget() {
      untold.clear();
      announced.clear();
    },
  };
}

/** Only what is documented to notify: a change of out of office alone may come without a notification. */
function wordsAsText({ availability, activity }: ReadWords): string {
  return `${availability} ${activity}`.toLowerCase();
}
