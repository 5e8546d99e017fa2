import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accessRules } from '../../bridge/mqtt/access.ts';
import { type Broker, createBroker } from '../../bridge/mqtt/broker.ts';
import { systemClock } from '../../protocol/clock.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
let broker: Broker;
let port: number;

beforeEach(async () => {
  broker = await createBroker({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    rules: accessRules('doorlight', 'homeassistant'),
    authenticate: (name) => ({ kind: 'consumer', name, access: 'all' }),
    clock: systemClock,
    log,
  });
  port = (await broker.start())!;
});

afterEach(() => broker.stop());

describe('the embedded broker', () => {
  it('delivers every message in the order in which it was published, retained or not', async () => {
    const reader = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
      username: 'reader',
      reconnectPeriod: 0,
    });
    const heard: string[] = [];
    reader.on('message', (_topic, payload) => heard.push(payload.toString()));
    await reader.subscribeAsync('doorlight/#', { qos: 1 });
    const expected = Array.from({ length: 300 }, (_, index) => String(index));
    await Promise.all(
      expected.map((text, index) => broker.publish(`doorlight/t/${index % 7}`, text, index % 3 !== 0)),
    );
    await vi.waitFor(() => expect(heard).toHaveLength(expected.length));
    expect(heard).toEqual(expected);
    await reader.endAsync();
  });

  it('never sends a new subscriber an older retained message after a newer one', async () => {
    const topics = Array.from({ length: 10 }, (_, index) => `doorlight/t/${index}`);
    for (const topic of topics) await broker.publish(topic, 'old', true);
    const reader = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
      username: 'reader',
      reconnectPeriod: 0,
    });
    const heard: string[] = [];
    reader.on('message', (topic, payload) => topic === topics[9] && heard.push(payload.toString()));
    broker.onSubscribe(() => queueMicrotask(() => void broker.publish(topics[9]!, 'new', true)));
    await reader.subscribeAsync('doorlight/t/#', { qos: 1 });
    await vi.waitFor(() => expect(heard).toHaveLength(2));
    expect(heard.at(-1)).toBe('new');
    await reader.endAsync();
  });
});
