/**
 * A lamp that people already own, over MQTT. It is told each look and its own timer is started anew while the bridge
 * is alive; what it says back is compared with what it should show; when it returns, it is told everything again.
 */
import type { Clock } from '../../../protocol/clock.ts';
import type { LightState, Show } from '../../../protocol/show.ts';
import type { RelayLightConfig } from '../../config/schema.ts';
import { createIdentify } from '../identify.ts';
import type { Light, LightTopics } from '../light.ts';
import { differs, type Said, stateSaid } from '../said.ts';
import type { Dialect, Message } from './dialect.ts';
import { esphome } from './esphome.ts';
import { tasmota } from './tasmota.ts';
import { wled } from './wled.ts';
import { zigbee2mqtt } from './zigbee2mqtt.ts';

const dialects: Record<RelayLightConfig['kind'], (topic: string) => Dialect> = {
  wled,
  tasmota,
  zigbee2mqtt,
  esphome,
};

/** Each third time that the bridge says it is alive, which is each 30 s: three times within the shortest timer. */
const armEvery = 3;
const disarmedMs = 500;
/** A lamp has so long to say that it shows what it was told. */
const settleMs = 3_000;

/** What a driver needs of the broker that its lamp is on. */
export interface RelayBus {
  isUp(): boolean;
  publish(topic: string, payload: string, retain: boolean): Promise<void>;
  /** Hears these topics of others; calls `up` whenever the link comes up. The result ends both. */
  join(topics: readonly string[], hear: (topic: string, payload: string) => void, up: () => void): () => void;
}

export function createRelayLight(options: {
  config: RelayLightConfig;
  bus: RelayBus;
  topics: LightTopics;
  clock: Clock;
  onReport: (light: string) => void;
}): Light {
  const { bus, topics, clock, onReport } = options;
  const { id } = options.config;
  const dialect = dialects[options.config.kind](options.config.topic);
  let wanted: Show | undefined;
  let online = false;
  let said: Said = {};
  let settled = true;
  let beats = 0;
  const identify = createIdentify(clock, () => {
    look();
    tell();
  });
  let cancelSettle = () => {};
  let cancelArm: (() => void) | undefined;
  let leave = () => {};
  let reported = '';

  const shown = (): Show | undefined => identify.over(wanted);

  function send(messages: readonly Message[]): void {
    if (!bus.isUp()) return;
    // A lamp's broker that refuses is told of by the link; the next beat says it again.
    for (const { topic, payload } of messages) bus.publish(topic, payload, false).catch(() => {});
  }

  function look(): void {
    cancelArm?.();
    cancelArm = undefined;
    const show = shown();
    if (!show) return;
    settled = false;
    cancelSettle();
    cancelSettle = clock.after(settleMs, () => {
      settled = true;
      tell();
    });
    send(dialect.look(show));
  }

  /** The lamp was away: it is told from the start. */
  function restate(): void {
    send(dialect.prepare);
    look();
    send(dialect.ask);
  }

  /** The link was away. Whether the lamp was, too, it says by itself; till then nothing is upset. */
  function linkUp(): void {
    look();
    send(dialect.ask);
  }

  function hear(topic: string, payload: string): void {
    const news = dialect.read(topic, payload);
    if (!news) return;
    const back = news.online === true && !online;
    online = news.online ?? online;
    said = { ...said, ...news };
    if (back) restate();
    tell();
  }

  function tell(): void {
    const state = stateOf();
    const text = JSON.stringify([online, state]);
    if (text === reported) return;
    reported = text;
    topics.hosted(id, 'availability', online ? 'online' : 'offline');
    if (state) topics.hosted(id, 'state', JSON.stringify(state));
    onReport(id);
  }

  /** What the lamp says that it shows; where it says nothing, what it was told. */
  function stateOf(): LightState | null {
    const show = shown();
    if (!show) return null;
    const error = settled && online && differs(show, said, dialect.colorTolerance) ? 'differs' : null;
    return stateSaid(show, said, error);
  }

  return {
    id,
    start() {
      leave = bus.join(dialect.topics, hear, linkUp);
      if (bus.isUp()) linkUp();
      tell();
    },
    show(show) {
      wanted = show;
      look();
      tell();
    },
    beat() {
      if (++beats % armEvery !== 0 || shown()?.state !== 'ON') return;
      send(dialect.disarm);
      if (dialect.disarm.length === 0) look();
      else cancelArm ??= clock.after(disarmedMs, look);
    },
    identify: identify.start,
    report: () => ({ online, state: stateOf() }),
    stop() {
      leave();
      identify.stop();
      cancelSettle();
      cancelArm?.();
      topics.hosted(id, 'availability', 'offline');
      return Promise.resolve();
    },
  };
}
