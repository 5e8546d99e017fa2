/** A broker as the drivers of other makers' lamps see it: each hears its own topics, whatever others there are. */
import type { LinkedBus } from './bus.ts';
import type { Link } from './link.ts';

export interface LampBus extends LinkedBus {
  /** Hears these topics of others; calls `up` whenever the link comes up. The result ends both. */
  join(topics: readonly string[], hear: (topic: string, payload: string) => void, up: () => void): () => void;
}

/** @param listen subscribes to topics, where the broker does not hand on all there is */
export function createLampBus(on: LinkedBus, listen: Link['listen'] = () => () => {}): LampBus {
  /** Looked up and not gone through: every message there is comes by, and there may be hundreds of lamps. */
  const hearers = new Map<string, Set<(topic: string, payload: string) => void>>();
  on.onMessage(({ topic, payload }) => {
    for (const hear of hearers.get(topic) ?? []) hear(topic, payload.toString());
  });
  return {
    ...on,
    join(topics, hear, up) {
      for (const topic of topics) hearers.set(topic, (hearers.get(topic) ?? new Set()).add(hear));
      const ends = [on.onUp(up), listen(topics)];
      return () => {
        for (const end of ends) end();
        for (const topic of topics) {
          const left = hearers.get(topic);
          left?.delete(hear);
          if (left?.size === 0) hearers.delete(topic);
        }
      };
    },
  };
}
