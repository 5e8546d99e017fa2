/**
 * On a user's broker, a lamp that was never there has left no availability, and nobody could tell it from one whose
 * word is still to come: so the bridge says `offline` for it.
 */
import type { Clock } from '../../protocol/clock.ts';
import type { LinkedBus } from './bus.ts';

/** How long a broker has to repeat what lamps said; a lamp that speaks meanwhile is heard, too. */
const waitMs = 2_000;
/** A lamp's word may have crossed ours for so long. */
const crossingMs = 5_000;

/** @param topics the availability topics of the lamps of ours that there are now */
export function speakForAbsentLamps(
  bus: LinkedBus,
  topics: () => readonly string[],
  clock: Clock,
): () => void {
  const silent = new Set<string>();
  /** Topic -> when the bridge said `offline` on it. */
  const spoken = new Map<string, number>();
  const say = (topic: string, word: string) => void bus.publish(topic, word, true).catch(() => {});
  let cancel = () => {};

  bus.onMessage(({ topic, payload }) => {
    silent.delete(topic);
    const at = spoken.get(topic);
    if (at === undefined || payload.toString() !== 'online') return;
    spoken.delete(topic);
    // The lamp's own word may have come before ours, which then stands in its place.
    if (clock.monotonic() - at < crossingMs) say(topic, 'online');
  });
  bus.onUp(() => {
    for (const topic of topics()) silent.add(topic);
    cancel();
    cancel = clock.after(waitMs, () => {
      for (const topic of silent) {
        spoken.set(topic, clock.monotonic());
        say(topic, 'offline');
      }
      silent.clear();
    });
  });
  return () => cancel();
}
