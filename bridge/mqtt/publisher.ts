/** The bridge's own topics (contract section 4): retained state, on change, never twice the same. */
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { HealthPayload, PresencePayload } from '../../protocol/payloads.ts';
import type { Show } from '../../protocol/show.ts';
import type { LightTopic, Topics } from '../../protocol/topics.ts';
import type { LinkedBus } from './bus.ts';

/** How long the last words wait for those before them. */
const flushMs = 500;

export interface Publisher {
  online(): void;
  alive(seq: number): void;
  presence(person: string, payload: PresencePayload): void;
  show(light: string, show: Show): void;
  /** State and availability of a light that the bridge speaks for. */
  hosted(light: string, what: Extract<LightTopic, 'state' | 'availability'>, payload: string): void;
  health(payload: HealthPayload): void;
  /** A command to one of our own lamps, where it is; not retained. */
  identify(light: string): void;
  /** The answer to a request or a command. */
  response(what: string, payload: unknown): void;
  /** Any other retained message of ours; an empty one removes what a broker kept. */
  keep(topic: string, payload: string): void;
  /** Says everything that is retained again: to a broker that is back, or to all when somebody asks. */
  restate(only?: LinkedBus): void;
  /** Says what is retained on a topic again, where somebody else said otherwise. */
  insist(outlet: LinkedBus, topic: string, heard: string): void;
  /** The last word: `offline`, after all that was published before is with the brokers. */
  offline(): Promise<void>;
}

/** `outlets` are the brokers to publish on: the one that the lights live on, and a mirror. */
export function createPublisher(options: {
  outlets: readonly LinkedBus[];
  /** The one of them that our own lamps are on. */
  lamps: LinkedBus;
  topics: Topics;
  clock: Clock;
}): Publisher {
  const { outlets, topics, clock } = options;
  const retained = new Map<string, { payload: string; identity: string }>();
  const inFlight = new Set<Promise<void>>();

  function sendTo(outlet: LinkedBus, topic: string, payload: string, retain: boolean): void {
    // What is retained is said again as soon as the link is up; the rest is worth nothing later.
    if (!outlet.isUp()) return;
    const sent = outlet
      .publish(topic, payload, retain)
      // A link says itself what its broker refuses.
      .catch(() => {})
      .finally(() => inFlight.delete(sent));
    inFlight.add(sent);
  }

  function send(topic: string, payload: string, retain: boolean): void {
    for (const outlet of outlets) sendTo(outlet, topic, payload, retain);
  }

  /** `identity` is what must differ for a publish: the payload less what never causes one. */
  function keep(topic: string, payload: string, identity = payload): void {
    const same = retained.get(topic)?.identity === identity;
    retained.set(topic, { payload, identity });
    if (!same) send(topic, payload, true);
  }

  async function settled(): Promise<void> {
    const enough = new AbortController();
    await Promise.race([Promise.all(inFlight), sleep(clock, flushMs, enough.signal)]);
    enough.abort();
  }

  return {
    online: () => keep(topics.bridgeState, 'online'),
    alive: (seq) => send(topics.bridgeAlive, JSON.stringify({ seq, ms: clock.now() }), false),
    presence(person, payload) {
      keep(topics.presence(person), JSON.stringify(payload), JSON.stringify({ ...payload, checkedAt: null }));
      keep(topics.presenceStatus(person), payload.status);
    },
    show: (light, show) => keep(topics.light(light, 'show'), JSON.stringify(show)),
    hosted: (light, what, payload) => keep(topics.light(light, what), payload),
    health(payload) {
      const text = JSON.stringify(payload);
      retained.set(topics.bridgeHealth, { payload: text, identity: text });
      // Published on change and each minute (the caller's clock), so a repetition is meant.
      send(topics.bridgeHealth, text, true);
    },
    identify: (light) => sendTo(options.lamps, topics.light(light, 'identify'), '{}', false),
    response: (what, payload) => send(topics.bridgeResponse(what), JSON.stringify(payload), false),
    keep: (topic, payload) => keep(topic, payload),
    restate(only) {
      // That the bridge is online comes last, for till then a broker may still hold what was true before.
      const isState = ([topic]: [string, unknown]) => topic === topics.bridgeState;
      const all = [...retained].sort((a, b) => Number(isState(a)) - Number(isState(b)));
      for (const outlet of only ? [only] : outlets) {
        for (const [topic, { payload }] of all) sendTo(outlet, topic, payload, true);
      }
    },
    insist(outlet, topic, heard) {
      const kept = retained.get(topic)?.payload;
      if (kept !== undefined && kept !== heard) sendTo(outlet, topic, kept, true);
    },
    async offline() {
      // A consumer that reads nothing holds back only itself.
      await settled();
      keep(topics.bridgeState, 'offline');
      await settled();
    },
  };
}
