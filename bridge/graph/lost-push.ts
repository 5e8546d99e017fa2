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
  const believed = new Map<string, { text: string; sequence: string }>();
  const announced = new Map<string, number>();
  const untold = new Map<string, number>();

  /** Believes it, unless something newer is: a late notification, or a read that one has overtaken, is no news. */
  function believe(objectId: string, words: ReadWords): 'same' | 'other' {
    const before = believed.get(objectId);
    const sequence = words.sequenceNumber ?? before?.sequence ?? '';
    if (before && sequence < before.sequence) return 'same';
    const text = wordsAsText(words);
    believed.set(objectId, { text, sequence });
    return before === undefined || before.text === text ? 'same' : 'other';
  }

  return {
    pushed(objectId, words) {
      untold.delete(objectId);
      if (words) believe(objectId, words);
      else announced.set(objectId, clock.monotonic());
    },
    read(objectId, words, watching) {
      if (believe(objectId, words) === 'same' || !watching || untold.has(objectId)) return;
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
