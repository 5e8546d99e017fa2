/** The mirror: what lamps say on the embedded broker, copied to a broker of the user's, so that lamps stay on their island. */
import { parseLightTopic } from '../../protocol/topics.ts';
import type { LinkedBus } from './bus.ts';

const retainedWords = ['state', 'availability'];
const momentaryWords = ['button', 'result'];

export interface Mirror {
  /** Other lamps than before. */
  take(lamps: ReadonlySet<string>): void;
}

/** Copies the words of the lights in `lamps`; the bridge's own topics come from the publisher. */
export function mirrorLamps(options: {
  base: string;
  lamps: ReadonlySet<string>;
  from: LinkedBus;
  to: LinkedBus;
}): Mirror {
  const { base, from, to } = options;
  /** By lamp, what it said last, by topic. */
  const lamps = new Map<string, Map<string, string>>();
  const copy = (topic: string, payload: string, retain: boolean) => {
    // A mirror that is away is told all that is kept when it is back; the link says so itself.
    if (to.isUp()) to.publish(topic, payload, retain).catch(() => {});
  };
  from.onMessage(({ topic, payload }) => {
    const parsed = parseLightTopic(base, topic);
    const kept = parsed && lamps.get(parsed.light);
    if (!kept) return;
    const text = payload.toString();
    if (retainedWords.includes(parsed.what)) {
      if (kept.get(topic) === text) return;
      kept.set(topic, text);
      copy(topic, text, true);
    } else if (momentaryWords.includes(parsed.what)) copy(topic, text, false);
  });
  to.onUp(() => {
    for (const kept of lamps.values()) for (const [topic, payload] of kept) copy(topic, payload, true);
  });

  function take(next: ReadonlySet<string>): void {
    for (const id of lamps.keys()) if (!next.has(id)) lamps.delete(id);
    for (const id of next) {
      if (lamps.has(id)) continue;
      // Until a lamp says otherwise it is not there, whatever the other broker remembers.
      const topic = `${base}/lights/${id}/availability`;
      lamps.set(id, new Map([[topic, 'offline']]));
      copy(topic, 'offline', true);
    }
  }
  take(options.lamps);
  return { take };
}
