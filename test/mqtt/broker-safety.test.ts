import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import mqttPacket from 'mqtt-packet';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accessRules } from '../../bridge/mqtt/access.ts';
import { type Broker, createBroker } from '../../bridge/mqtt/broker.ts';
import { brokerCertificate, caFile } from '../../bridge/mqtt/certificate.ts';
import { createLoginThrottle } from '../../bridge/mqtt/login-throttle.ts';
import { createLogins } from '../../bridge/mqtt/logins.ts';
import { openStore } from '../../bridge/store.ts';
import { systemClock } from '../../protocol/clock.ts';
import { createFakeClock } from '../fake-clock.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const folder = mkdtempSync(join(tmpdir(), 'doorlight-tls-'));
const store = openStore(folder);

let broker: Broker;
let web: Server;
let ports: { tcp: number; tls: number; web: number };
const clients: MqttClient[] = [];

beforeEach(async () => {
  broker = await createBroker({
    host: '127.0.0.1',
    port: 0,
    tls: { port: 0, certificate: () => brokerCertificate(store, Date.now) },
    rules: accessRules('doorlight', 'homeassistant'),
    authenticate: (name, password) =>
      password === 'good' ? { kind: 'consumer', name, access: 'all' } : undefined,
    clock: systemClock,
    log,
  });
  web = createServer();
  web.on('upgrade', (request, socket, head) => broker.acceptUpgrade(request, socket as Socket, head));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  ports = {
    tcp: (await broker.start())!,
    tls: (await broker.startTls())!,
    web: (web.address() as { port: number }).port,
  };
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  await broker.stop();
  await new Promise((resolve) => web.close(resolve));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function connect(url: string, username: string, more: IClientOptions = {}): Promise<MqttClient> {
  const client = await mqtt.connectAsync(url, { username, password: 'good', reconnectPeriod: 0, ...more });
  client.on('error', () => {});
  clients.push(client);
  return client;
}

const tcp = () => `mqtt://127.0.0.1:${ports.tcp}`;

describe('the embedded broker', () => {
  it('speaks MQTT over WebSocket, with the same accounts', async () => {
    const url = `ws://127.0.0.1:${ports.web}/mqtt`;
    const client = await connect(url, 'browser');
    const heard = new Promise((resolve) =>
      client.once('message', (_topic, payload) => resolve(`${payload}`)),
    );
    await client.subscribeAsync('doorlight/#');
    await broker.publish('doorlight/x', 'hello', false);
    expect(await heard).toBe('hello');
    await expect(connect(url, 'browser', { password: 'bad' })).rejects.toThrow(/bad user ?name/i);
  });

  it('speaks TLS with a certificate of its own CA, which a client that trusts it accepts', async () => {
    const ca = store.readText(caFile)!;
    expect(new X509Certificate(ca).ca).toBe(true);
    expect((await connect(`mqtts://localhost:${ports.tls}`, 'ha', { ca })).connected).toBe(true);
    await expect(connect(`mqtts://localhost:${ports.tls}`, 'ha')).rejects.toThrow(/certificate/i);
  });

  it('lets two clients with one id evict each other only within one account', async () => {
    const first = await connect(tcp(), 'alice', { clientId: 'same' });
    const evicted = new Promise<void>((resolve) => first.once('close', () => resolve()));
    const other = await connect(tcp(), 'bob', { clientId: 'same' });
    await other.subscribeAsync('doorlight/#');
    expect(first.connected).toBe(true);
    await connect(tcp(), 'alice', { clientId: 'same' });
    await evicted;
    expect(other.connected).toBe(true);
  });

  it('cuts all of an account at once, and nobody else', async () => {
    const gone = await connect(tcp(), 'alice');
    const stays = await connect(tcp(), 'bob');
    const closed = new Promise<void>((resolve) => gone.once('close', () => resolve()));
    broker.cut('alice');
    await closed;
    expect(stays.connected).toBe(true);
  });

  it('holds so many handshakes of TLS at most, and none keeps out who logs in', async () => {
    let held = 0;
    const silent = Array.from({ length: 150 }, () => {
      const socket = connectTcp(ports.tls, '127.0.0.1', () => held++);
      socket.on('error', () => {});
      socket.once('close', () => held--);
      return socket;
    });
    await vi.waitFor(() => expect(held).toBe(100), 4_000);
    await connect(`mqtts://127.0.0.1:${ports.tls}`, 'ha', { rejectUnauthorized: false });
    expect(held).toBe(99);
    for (const socket of silent) socket.destroy();
  });

  it('refuses a command that is to be retained, and a subscription to its own topics', async () => {
    const client = await connect(tcp(), 'ha');
    const heard: string[] = [];
    broker.onMessage(({ payload, retain }) => heard.push(`${payload.toString()} ${retain}`));
    await client.publishAsync('doorlight/lights/door/set', 'ON', { qos: 1, retain: true });
    await client.publishAsync('doorlight/lights/door/set', 'OFF', { qos: 1 });
    // The bridge is told, to say that it does not obey; a reader, now or later, is not.
    await vi.waitFor(() => expect(heard).toEqual(['ON true', 'OFF false']));
    const seen: string[] = [];
    client.on('message', (_topic, payload) => seen.push(payload.toString()));
    await client.subscribeAsync('doorlight/#', { qos: 1 });
    await client.publishAsync('doorlight/end', 'end', { qos: 1 });
    await vi.waitFor(() => expect(seen).toEqual(['end']));
    await expect(client.subscribeAsync('$SYS/#')).rejects.toThrow();
  });

  it('cuts a frozen reader off, and no other loses a message', async () => {
    const frozen = connectTcp(ports.tcp, '127.0.0.1');
    const cut = new Promise((resolve) => frozen.once('close', resolve));
    frozen.on('error', () => {});
    const login = {
      cmd: 'connect',
      clientId: 'ice',
      username: 'ice',
      password: Buffer.from('good'),
    } as const;
    frozen.write(mqttPacket.generate({ ...login, clean: true, keepalive: 0 }));
    await new Promise((resolve) => frozen.once('data', resolve));
    const wanted = [{ topic: 'doorlight/#', qos: 0 as const }];
    frozen.write(mqttPacket.generate({ cmd: 'subscribe', messageId: 1, subscriptions: wanted }));
    await new Promise((resolve) => frozen.once('data', resolve));
    frozen.pause();

    const reader = await connect(tcp(), 'reader');
    let heard = 0;
    reader.on('message', () => heard++);
    await reader.subscribeAsync('doorlight/#', { qos: 1 });
    const text = 'x'.repeat(32 * 1024);
    const count = 600;
    // Not awaited: a publish is taken when all its readers have it, and one of them never will.
    for (let index = 0; index < count; index++) void broker.publish('doorlight/big', text, false);
    await vi.waitFor(() => expect(heard).toBe(count), 15_000);
    frozen.resume();
    await cut;
    expect(reader.connected).toBe(true);
  });
});

describe('wrong passwords', () => {
  it('cost time after some, for that name from that address only, and are forgotten', async () => {
    const clock = createFakeClock();
    const throttle = createLoginThrottle(clock);
    for (let tries = 0; tries < 5; tries++) {
      expect(throttle.mayTry('10.0.0.1', 'ha')).toBe(true);
      throttle.failed('10.0.0.1', 'ha');
    }
    expect(throttle.mayTry('10.0.0.1', 'ha')).toBe(false);
    expect(throttle.mayTry('10.0.0.2', 'ha')).toBe(true);
    expect(throttle.mayTry('10.0.0.1', 'other')).toBe(true);
    await clock.advance(1_000);
    expect(throttle.mayTry('10.0.0.1', 'ha')).toBe(true);
    throttle.failed('10.0.0.1', 'ha');
    await clock.advance(1_000);
    expect(throttle.mayTry('10.0.0.1', 'ha')).toBe(false);
    await clock.advance(61_000);
    throttle.failed('10.0.0.1', 'ha');
    expect(throttle.mayTry('10.0.0.1', 'ha')).toBe(true);
  });

  it('of one client, however long it goes on, shut nobody else out of its address, nor itself for ever', async () => {
    const clock = createFakeClock();
    const logins = createLogins(createLoginThrottle(clock));
    const logIn = (username: string, good: boolean) =>
      logins.run('10.0.0.1', username, () => (good ? username : undefined));
    for (let tries = 0; tries < 1_200; tries++) {
      expect(await logIn('node-red', false)).toBeUndefined();
      await clock.advance(500);
    }
    expect(await logIn('ha', true)).toBe('ha');
    await clock.advance(10_000);
    expect(await logIn('node-red', true)).toBe('node-red');
  });

  it('slow an address that makes up names', () => {
    const throttle = createLoginThrottle(createFakeClock());
    for (let tries = 0; tries < 60; tries++) throttle.failed('10.0.0.1', `name-${tries}`);
    expect(throttle.mayTry('10.0.0.1', 'fresh')).toBe(false);
    expect(throttle.mayTry('10.0.0.2', 'fresh')).toBe(true);
  });
});
