import { connect as connectTcp, type Socket } from 'node:net';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { accessRules } from '../../bridge/mqtt/access.ts';
import { usualBounds } from '../../bridge/mqtt/bounds.ts';
import { type Broker, type BrokerOptions, createBroker } from '../../bridge/mqtt/broker.ts';
import { systemClock } from '../../protocol/clock.ts';
import { createFakeClock } from '../fake-clock.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const limits = { connections: 100, perAddress: 100, unauthenticated: 100, subscriptionsPerClient: 100 };
let broker: Broker;
let port: number;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await broker.stop();
});

async function start(more: Partial<BrokerOptions>): Promise<void> {
  broker = await createBroker({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    rules: accessRules('doorlight', 'homeassistant'),
    authenticate: (name) =>
      name === 'door' ? { kind: 'lamp', id: 'door' } : { kind: 'consumer', name, access: 'all' },
    clock: systemClock,
    log,
    ...more,
  });
  port = (await broker.start())!;
}

function connect(username: string, more: IClientOptions = {}): MqttClient {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { username, reconnectPeriod: 0, ...more });
  client.on('error', () => {});
  ends.push(() => client.endAsync(true));
  return client;
}

function connected(client: MqttClient): Promise<{ sessionPresent: boolean }> {
  return new Promise((resolve) => client.once('connect', resolve));
}

/** A client that has its session kept, and every payload it gets. */
async function keptSession(clientId: string, topic?: string | string[]) {
  const client = connect('ha', { clientId, clean: false });
  const heard: string[] = [];
  client.on('message', (_topic, payload) => heard.push(payload.toString()));
  const { sessionPresent } = await connected(client);
  if (topic) await client.subscribeAsync(topic, { qos: 1 });
  return { client, heard, sessionPresent };
}

describe('what is kept for a client that is away', () => {
  it('is the first messages up to a bound; more are dropped and counted', async () => {
    await start({ bounds: { ...usualBounds, queuedPerSession: 3 } });
    const { client } = await keptSession('away', 'a/#');
    await client.endAsync();
    for (let index = 0; index < 10; index++) await broker.publish('a/b', String(index), false);
    expect(broker.counters().dropped).toBe(7);
    const { client: back, heard, sessionPresent } = await keptSession('away');
    expect(sessionPresent).toBe(true);
    // Even while all that was kept is under way, what comes is for it, too.
    await broker.publish('a/b', 'now', false);
    await vi.waitFor(() => expect(heard.toSorted()).toEqual(['0', '1', '2', 'now']));
    // What was delivered makes room again.
    await back.endAsync();
    const before = broker.counters().dropped;
    for (const word of ['x', 'y', 'z']) await broker.publish('a/b', word, false);
    expect(broker.counters().dropped).toBe(before);
  });

  it('has a bound in bytes for an account, which costs no other', async () => {
    await start({ bounds: { ...usualBounds, queuedBytesPerAccount: 10_000 } });
    const { client } = await keptSession('away', 'a/#');
    await client.endAsync();
    const other = connect('other', { clientId: 'away', clean: false });
    await connected(other);
    await other.subscribeAsync('a/#', { qos: 1 });
    await other.endAsync();
    await broker.publish('a/b', 'x'.repeat(6_000), false);
    await broker.publish('a/b', 'y'.repeat(6_000), false);
    expect(broker.counters().dropped).toBe(2);
  });

  it('is a number of sessions for an account: the one that is away longest ends', async () => {
    await start({ bounds: { ...usualBounds, sessionsPerAccount: 2 } });
    for (const name of ['one', 'two', 'three']) await (await keptSession(name, 'a/#')).client.endAsync();
    expect((await keptSession('three')).sessionPresent).toBe(true);
    expect((await keptSession('two')).sessionPresent).toBe(true);
    expect((await keptSession('one')).sessionPresent).toBe(false);
  });

  it('ends a day after it went, and stays while it is there', async () => {
    const clock = createFakeClock();
    await start({ clock });
    await (await keptSession('away', 'a/#')).client.endAsync();
    await keptSession('here', 'a/#');
    await vi.waitFor(() => expect(broker.counters().connections).toBe(1));
    await clock.advance(usualBounds.sessionLifeMs + 3_600_000);
    expect((await keptSession('away')).sessionPresent).toBe(false);
    expect((await keptSession('here')).sessionPresent).toBe(true);
  });

  it('is nothing of a topic whose subscription was refused', async () => {
    await start({});
    const login = { clientId: 'doorlight-door', clean: false };
    const lamp = connect('door', login);
    await connected(lamp);
    await lamp.subscribeAsync(['doorlight/lights/door/show', '#'], { qos: 1 }).catch(() => {});
    await lamp.endAsync();
    await broker.publish('doorlight/presence/alice', 'secret', false);
    await broker.publish('doorlight/lights/door/show', 'mine', false);
    const back = connect('door', login);
    const heard: string[] = [];
    back.on('message', (topic) => heard.push(topic));
    await vi.waitFor(() => expect(heard).toContain('doorlight/lights/door/show'));
    expect(heard).toEqual(['doorlight/lights/door/show']);
  });
});

describe('retained messages', () => {
  it('of clients have a bound, and those of the bridge have not', async () => {
    await start({ bounds: { ...usualBounds, retained: 2 } });
    const client = connect('ha');
    for (const name of ['a', 'b', 'c']) {
      await client.publishAsync(`x/${name}`, name, { qos: 1, retain: true });
      await broker.publish(`doorlight/presence/${name}`, name, true);
    }
    await client.publishAsync('x/a', '', { qos: 1, retain: true });
    await client.publishAsync('x/d', 'd', { qos: 1, retain: true });
    const heard: string[] = [];
    client.on('message', (_topic, payload) => heard.push(payload.toString()));
    await client.subscribeAsync('doorlight/#', { qos: 1 });
    await client.subscribeAsync('x/#', { qos: 1 });
    await vi.waitFor(() => expect(heard).toHaveLength(5));
    expect(heard.sort()).toEqual(['a', 'b', 'b', 'c', 'd']);
    expect(broker.counters().dropped).toBe(1);
  });
});

describe('connections', () => {
  function open(): Socket {
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('error', () => {});
    ends.push(() => socket.destroy());
    return socket;
  }
  const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

  it('have a bound before they log in, which those that did log in do not count for', async () => {
    await start({ limits: { ...limits, unauthenticated: 2 } });
    await connected(connect('ha'));
    await connected(connect('ha'));
    const silent = [open(), open()];
    await vi.waitFor(() => expect(broker.counters().connections).toBe(4));
    const gone = silent.map(closed);
    const third = open();
    // The one that has waited longest goes; who says nothing keeps nobody out.
    await gone[0];
    await connected(connect('ha'));
    await gone[1];
    expect([third.destroyed, broker.counters().connections]).toEqual([false, 4]);
  });

  it.each(['connections', 'perAddress'] as const)(
    'have a bound (%s), and room when one goes',
    async (what) => {
      await start({ limits: { ...limits, [what]: 2 } });
      const first = connect('ha');
      await connected(first);
      const second = connect('ha');
      await connected(second);
      await closed(open());
      expect(second.connected).toBe(true);
      await first.endAsync();
      await vi.waitFor(() => expect(broker.counters().connections).toBe(1));
      await connected(connect('ha'));
    },
  );

  it('have so many subscriptions at most, and room when one ends', async () => {
    await start({ limits: { ...limits, subscriptionsPerClient: 2 } });
    const client = connect('ha');
    await connected(client);
    await client.subscribeAsync(['a', 'b']);
    await expect(client.subscribeAsync('c')).rejects.toThrow();
    await client.subscribeAsync('a');
    await client.unsubscribeAsync('a');
    await client.subscribeAsync('c');
  });
});
