/** The mirror: what lamps say on the embedded broker, copied to a broker of the user's, so that lamps stay on their island. */
import { parseLightTopic } from '../../protocol/topics.ts';
import type { LinkedBus } from './bus.ts';

const retainedWords = ['state', 'availability'];
const momentaryWords = ['button', 'result'];

/** Copies the words of the lights in `lamps`; the bridge's own topics come from the publisher. */
export function mirrorLamps(options: {
  base: string;
  lamps: ReadonlySet<string>;
  from: LinkedBus;
  to: LinkedBus;
}): void {
  const { base, lamps, from, to } = options;
  /** Until a lamp says otherwise it is not there, whatever the other broker remembers. */
  const kept = new Map([...lamps].map((id) => [`${base}/lights/${id}/availability`, 'offline']));
  const copy = (topic: string, payload: string, retain: boolean) => {
    // A mirror that is away is told all that is kept when it is back; the link says so itself.
    if (to.isUp()) to.publish(topic, payload, retain).catch(() => {});
  };
  from.onMessage(({ topic, payload }) => {
    const parsed = parseLightTopic(base, topic);
    if (!parsed || !lamps.has(parsed.light)) return;
    const text = payload.toString();
    if (retainedWords.includes(parsed.what)) {
      if (kept.get(topic) === text) return;
      kept.set(topic, text);
      copy(topic, text, true);
    } else if (momentaryWords.includes(parsed.what)) copy(topic, text, false);
  });
  to.onUp(() => {
    for (const [topic, payload] of kept) copy(topic, payload, true);
  });
}
