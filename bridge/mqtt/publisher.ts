/** The bridge's own topics (contract section 4): retained state, on change, never twice the same. */
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { HealthPayload, PresencePayload } from '../../protocol/payloads.ts';
import type { Show } from '../../protocol/show.ts';
import type { LightTopic, Topics } from '../../protocol/topics.ts';
import type { Log } from '../log.ts';
import { reasonOf } from '../log.ts';
import type { MessageBus } from './bus.ts';

/** How long the last words wait for those before them. */
const flushMs = 500;

export interface Publisher {
  online(): void;
  alive(seq: number): void;
  presence(person: string, payload: PresencePayload): void;
  /** Takes a person's topics away. */
  forget(person: string): void;
  show(light: string, show: Show): void;
  /** State and availability of a light that the bridge speaks for. */
  hosted(light: string, what: Extract<LightTopic, 'state' | 'availability'>, payload: string): void;
  health(payload: HealthPayload): void;
  /** A command to one light; not retained. */
  identify(light: string): void;
  /** The last word: `offline`, after all that was published before is with the broker. */
  offline(): Promise<void>;
}

export function createPublisher(options: {
  bus: MessageBus;
  topics: Topics;
  clock: Clock;
  log: Log;
}): Publisher {
  const { bus, topics, clock, log } = options;
  const retained = new Map<string, string>();
  const inFlight = new Set<Promise<void>>();

  function send(topic: string, payload: string, retain: boolean): void {
    const sent = bus
      .publish(topic, payload, retain)
      .catch((error: unknown) =>
        log.warn(`The broker did not take a message on ${topic}: ${reasonOf(error)}`),
      )
      .finally(() => inFlight.delete(sent));
    inFlight.add(sent);
  }

  async function settled(): Promise<void> {
    const enough = new AbortController();
    await Promise.race([Promise.all(inFlight), sleep(clock, flushMs, enough.signal)]);
    enough.abort();
  }

  /** `identity` is what must differ for a publish: the payload less what never causes one. */
  function keep(topic: string, payload: string, identity = payload): void {
    if (retained.get(topic) === identity) return;
    retained.set(topic, identity);
    send(topic, payload, true);
  }

  return {
    online: () => keep(topics.bridgeState, 'online'),
    alive: (seq) => send(topics.bridgeAlive, JSON.stringify({ seq }), false),
    presence(person, payload) {
      keep(topics.presence(person), JSON.stringify(payload), JSON.stringify({ ...payload, checkedAt: null }));
      keep(topics.presenceStatus(person), payload.status);
    },
    forget(person) {
      for (const topic of [topics.presence(person), topics.presenceStatus(person)]) {
        retained.delete(topic);
        send(topic, '', true);
      }
    },
    show: (light, show) => keep(topics.light(light, 'show'), JSON.stringify(show)),
    hosted: (light, what, payload) => keep(topics.light(light, what), payload),
    // Published on change and each minute (the caller's clock), so a repetition is meant.
    health: (payload) => send(topics.bridgeHealth, JSON.stringify(payload), true),
    identify: (light) => send(topics.light(light, 'identify'), '{}', false),
    async offline() {
      // A consumer that reads nothing holds back only itself.
      await settled();
      keep(topics.bridgeState, 'offline');
      await settled();
    },
  };
}
