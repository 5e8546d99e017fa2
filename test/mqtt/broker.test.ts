import { connect as connectTcp } from 'node:net';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accessRules } from '../../bridge/mqtt/access.ts';
import { type Broker, createBroker } from '../../bridge/mqtt/broker.ts';
import { systemClock } from '../../protocol/clock.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const passwords: Record<string, string> = { door: 'lamp', ha: 'reader', admin: 'everything' };

let broker: Broker;
let port: number;
const clients: MqttClient[] = [];

beforeEach(async () => {
  broker = await createBroker({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    rules: accessRules('doorlight', 'homeassistant'),
    authenticate(username, password) {
      if (passwords[username] !== password) return undefined;
      if (username === 'door') return { kind: 'lamp', id: 'door' };
      return { kind: 'consumer', name: username, access: username === 'admin' ? 'all' : 'read' };
    },
    clock: systemClock,
    log,
  });
  port = (await broker.start())!;
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  await broker.stop();
});

async function connect(username: string, more: IClientOptions = {}): Promise<MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    username,
    password: passwords[username]!,
    reconnectPeriod: 0,
    ...more,
  });
  clients.push(client);
  return client;
}

/** Not events.once, which rejects on the error that a cut connection may bring. */
function closed(connection: { once(event: 'close', run: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => connection.once('close', resolve));
}

function nextMessage(client: MqttClient): Promise<[string, string]> {
  return new Promise((resolve) =>
    client.once('message', (topic, payload) => resolve([topic, payload.toString()])),
  );
}

describe('the embedded broker', () => {
  it.each([
    ['nobody', {}],
    ['a wrong password', { username: 'ha', password: 'guess' }],
    ['an unknown name', { username: 'eve', password: 'lamp' }],
  ])('refuses %s', async (_who, credentials) => {
    await expect(
      mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { ...credentials, reconnectPeriod: 0 }),
    ).rejects.toThrow(/bad user ?name or password/i);
    expect(broker.counters().refusedLogins).toBe(1);
  });

  it('gives what the bridge retains to a consumer, and what it says later', async () => {
    await broker.publish('doorlight/presence/alice/status', 'call', true);
    const reader = await connect('ha');
    const first = nextMessage(reader);
    await reader.subscribeAsync('doorlight/#');
    expect(await first).toEqual(['doorlight/presence/alice/status', 'call']);
    const second = nextMessage(reader);
    await broker.publish('doorlight/bridge/alive', '{"seq":1}', false);
    expect(await second).toEqual(['doorlight/bridge/alive', '{"seq":1}']);
  });

  it('refuses a subscription with 0x80 and keeps the connection', async () => {
    const reader = await connect('ha');
    const granted: unknown[] = [];
    reader.on('packetreceive', (packet) => {
      if (packet.cmd === 'suback') granted.push(...(packet.granted as unknown[]));
    });
    await reader.subscribeAsync('#').catch(() => {});
    expect(granted).toEqual([128]);
    expect((await reader.subscribeAsync('doorlight/#'))[0]?.qos).toBe(0);
  });

  it.each([0, 1, 2] as const)('acknowledges, drops and counts a refused publish of QoS %i', async (qos) => {
    const heard: string[] = [];
    broker.onMessage(({ topic }) => heard.push(topic));
    const lamp = await connect('door');
    const admin = await connect('admin');
    const seen: string[] = [];
    admin.on('message', (topic) => seen.push(topic));
    await admin.subscribeAsync('#', { qos: 1 });
    await lamp.publishAsync('doorlight/lights/other/state', '{}', { qos, retain: true });
    await lamp.publishAsync('doorlight/lights/door/state', '{}', { qos: 1 });
    await vi.waitFor(() => expect(seen).toContain('doorlight/lights/door/state'));
    expect(seen).toEqual(['doorlight/lights/door/state']);
    expect(heard).toEqual(['doorlight/lights/door/state']);
    expect(broker.counters().refusedPublishes).toBe(1);
    expect(lamp.connected).toBe(true);
  });

  it('publishes a last will that is allowed, and drops one that is not', async () => {
    const admin = await connect('admin');
    const seen: string[] = [];
    admin.on('message', (topic, payload) => seen.push(`${topic} ${payload.toString()}`));
    await admin.subscribeAsync('doorlight/#', { qos: 1 });
    const will = (topic: string) => ({
      will: { topic, payload: Buffer.from('offline'), qos: 1 as const, retain: true },
    });
    for (const topic of ['doorlight/lights/other/availability', 'doorlight/lights/door/availability']) {
      const lamp = await connect('door', will(topic));
      lamp.stream.destroy();
      await closed(lamp);
    }
    await vi.waitFor(() => expect(seen).toEqual(['doorlight/lights/door/availability offline']));
    expect(broker.counters().refusedPublishes).toBe(1);
  });

  it('cuts a connection that announces a huge packet, before and after CONNECT', async () => {
    const stranger = connectTcp(port, '127.0.0.1');
    stranger.on('error', () => {});
    stranger.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await closed(stranger);
    const admin = await connect('admin');
    admin.on('error', () => {});
    admin.publish('a', Buffer.alloc(1024 * 1024));
    await closed(admin);
    expect(broker.counters().oversized).toBe(2);
    await connect('ha');
  });

  it('survives garbage at every length', async () => {
    for (let length = 1; length <= 40; length++) {
      const stranger = connectTcp(port, '127.0.0.1');
      stranger.on('error', () => {});
      stranger.end(Buffer.from(Array.from({ length }, (_, index) => (index * 37 + length * 11) & 255)));
      stranger.resume();
      await closed(stranger);
    }
    expect((await connect('ha')).connected).toBe(true);
  });

  it('refuses an empty client id without a clean session [MQTT-3.1.3-8]', async () => {
    await expect(
      mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
        username: 'ha',
        password: 'reader',
        clientId: '',
        clean: false,
        reconnectPeriod: 0,
      }),
    ).rejects.toThrow();
  });
});
