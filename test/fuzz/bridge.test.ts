/**
 * Seeded fuzz of everything that a running bridge listens on, and its memory meanwhile.
 * BRIDGE_FUZZ_SECONDS=300 for the long run, BRIDGE_FUZZ_SEED to repeat one.
 */
import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { anyPorts, doorlight, ready } from '../system/demo-process.ts';
import { type Ends, endAll, eventually, startTenant, temporaryFolder } from '../system/kit.ts';
import { type Chance, goodPackets, seeded, spoiltPackets } from './mutate.ts';

const seconds = Number(process.env['BRIDGE_FUZZ_SECONDS'] ?? 4);
const seed = Number(process.env['BRIDGE_FUZZ_SEED'] ?? 1);
/** The budget of a whole bridge, in MiB of resident memory. */
const budget = 130;
const ends: Ends = [];
afterEach(() => endAll(ends));

const mqttUsers = `mqtt: { users: [
  { username: fuzz, password: fuzz-password, access: read },
  { username: wrong, password: wrong-password, access: control },
  { username: watcher, password: watcher-password, access: read } ] }`;

async function startBridge() {
  const folder = temporaryFolder(ends);
  const tenant = await startTenant(ends);
  writeFileSync(
    join(folder, 'doorlight.yaml'),
    `${tenant.microsoft}
people: [{ id: alice, user: alice@contoso.com }]
lights: [{ id: door, kind: espruino, shows: [alice] }]
${mqttUsers}
`,
  );
  const run = doorlight(ends, ['start', ...anyPorts], folder);
  const urls = await ready(run);
  const portOf = (name: string) => Number(new URL(urls[name]!).port);
  const pid = run.child.pid!;
  return {
    run,
    mqttUrl: `mqtt://127.0.0.1:${portOf('mqtt')}`,
    ports: { web: portOf('web'), hooks: portOf('hooks'), mqtt: portOf('mqtt') },
    /** MiB; nothing where the system does not tell. */
    resident(): number | undefined {
      try {
        return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
      } catch {
        return undefined;
      }
    },
  };
}

/** Sends these bytes and hangs up, whatever comes back. */
function sendTo(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.once('close', () => resolve());
    socket.resume();
    socket.end(bytes);
    socket.setTimeout(200, () => socket.destroy());
  });
}

const notification = JSON.stringify({
  value: [
    {
      subscriptionId: '11111111-2222-4333-8444-555555555555',
      clientState: 'x',
      changeType: 'updated',
      resource: 'communications/presences/1',
      encryptedContent: {
        data: 'AAAA',
        dataKey: 'AAAA',
        dataSignature: 'AAAA',
        encryptionCertificateId: '1',
      },
    },
  ],
  validationTokens: ['a.b.c'],
});

function request(chance: Chance, [method, path, body]: readonly [string, string, string]): Buffer {
  const text = chance.spoil(Buffer.from(body));
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n`;
  // Mostly only the body is spoilt, or nothing would get past the parser.
  return Buffer.concat([chance.random() < 0.2 ? chance.spoil(Buffer.from(head)) : Buffer.from(head), text]);
}

const plainRequest = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const webPaths = [
  ['POST', '/api/claim', '{"code":"ABCDEFGH","password":"0123456789"}'],
  ['POST', '/api/session', '{"password":"0123456789"}'],
  ['POST', '/api/lights/door/set', '{"state":"OFF"}'],
  ['POST', '/api/people/alice/set', '{"status":"dnd"}'],
  ['GET', '/api/events', ''],
  ['GET', '/../../etc/passwd', ''],
  ['GET', '/api/people', ''],
] as const;
const hookPaths = [
  ['POST', '/graph/notifications', notification],
  ['POST', '/graph/lifecycle', notification],
  ['POST', '/graph/notifications?validationToken=x', ''],
] as const;

function webSocket(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt');
    const timer = setTimeout(() => socket.terminate(), 200);
    socket.on('error', () => {});
    socket.once('open', () => socket.send(bytes, () => socket.close()));
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Commands of which none may be obeyed. */
const wrongCommands = [
  ['doorlight/lights/door/set', '{"state":"ON","brightness":256}'],
  ['doorlight/lights/door/set', '{"state":"ON","unknown":1}'],
  ['doorlight/lights/door/set', '{"state":'],
  ['doorlight/lights/door/set', Buffer.from([0xff, 0xfe, 0x7b])],
  ['doorlight/lights/nobody/set', 'OFF'],
  ['doorlight/presence/alice/set', '{"status":"sleeping"}'],
  ['doorlight/presence/alice/set', '[]'],
  ['doorlight/bridge/request/nothing', '{}'],
  ['doorlight/bridge/request/health', '{"transaction":{}}'],
  [`doorlight/lights/${'x'.repeat(60_000)}/set`, 'OFF'],
] as const;

it(
  `serves through ${seconds} s of broken input on every listener, within ${budget} MiB (seed ${seed})`,
  async () => {
    const bridge = await startBridge();
    const { ports } = bridge;
    const chance = seeded(seed);
    const good = goodPackets('fuzz', 'fuzz-password');
    const watcher = await mqtt.connectAsync(bridge.mqttUrl, {
      username: 'watcher',
      password: 'watcher-password',
      reconnectPeriod: 0,
    });
    ends.push(() => watcher.endAsync(true));
    const shows: string[] = [];
    let last = '';
    watcher.on('message', (topic, payload) => {
      last = topic;
      if (topic === 'doorlight/lights/door/show') shows.push(payload.toString());
    });
    await watcher.subscribeAsync('doorlight/#', { qos: 1 });
    await eventually(() =>
      expect(JSON.parse(shows.at(-1)!)).toMatchObject({ color: { r: 0, g: 255, b: 0 } }),
    );
    const before = shows.length;
    const wrong = await mqtt.connectAsync(bridge.mqttUrl, {
      username: 'wrong',
      password: 'wrong-password',
      reconnectPeriod: 0,
    });
    ends.push(() => wrong.endAsync(true));
    const udp = createSocket('udp4');
    ends.push(() => udp.close());

    const kinds: (() => Promise<unknown>)[] = [
      () => sendTo(ports.mqtt, spoiltPackets(chance, good)),
      () => sendTo(ports.mqtt, spoiltPackets(chance, good)),
      () => webSocket(ports.web, spoiltPackets(chance, good)),
      () => sendTo(ports.web, request(chance, chance.of(webPaths))),
      () => sendTo(ports.hooks, request(chance, chance.of(hookPaths))),
      () => wrong.publishAsync(...(chance.of(wrongCommands) as [string, string]), { qos: 1 }),
    ];
    const end = Date.now() + seconds * 1000;
    let rounds = 0;
    while (Date.now() < end) {
      await Promise.all(Array.from({ length: 20 }, () => chance.of(kinds)()));
      rounds++;
    }
    expect(rounds).toBeGreaterThan(0);

    expect(bridge.run.child.exitCode).toBeNull();
    expect(bridge.run.err()).not.toMatch(/\n\s+at /);
    expect((await fetch(`http://127.0.0.1:${ports.web}/healthz`)).status).toBe(200);
    // The two clients that were well-behaved are still there, and nothing that was shown changed.
    await wrong.publishAsync('doorlight/bridge/request/health', '{}', { qos: 1 });
    await eventually(() => expect(last).toBe('doorlight/bridge/response/health'));
    expect(shows.slice(before)).toEqual([]);
    const flooded = bridge.resident();
    // What the flood left is collected in the course of the work that follows.
    await eventually(async () => {
      for (let count = 0; count < 200; count++) await sendTo(ports.web, Buffer.from(plainRequest));
      expect(bridge.resident() ?? 0).toBeLessThan(budget);
    }, 30_000);
    if (seconds > 30) {
      const residentMiB = { flooded, after: bridge.resident() };
      console.log({ seconds, seed, connections: rounds * 20, residentMiB });
    }
  },
  seconds * 1000 + 60_000,
);

it(`takes a CONNECT of 256 MB from a stranger for what it is, within ${budget} MiB`, async () => {
  const bridge = await startBridge();
  const before = bridge.resident();
  const socket = connectTcp(bridge.ports.mqtt, '127.0.0.1');
  socket.on('error', () => {});
  const cut = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // The longest that MQTT can announce, 268,435,455 bytes, with as much of it as the bridge takes.
  socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
  const chunk = Buffer.alloc(1024 * 1024);
  for (let sent = 0; sent < 256 && !socket.destroyed; sent++) {
    if (!socket.write(chunk)) await Promise.race([new Promise((go) => socket.once('drain', go)), cut]);
  }
  await cut;
  const client = await mqtt.connectAsync(bridge.mqttUrl, {
    username: 'watcher',
    password: 'watcher-password',
    reconnectPeriod: 0,
  });
  await client.endAsync();
  const resident = bridge.resident();
  if (resident === undefined || before === undefined) return;
  expect(resident).toBeLessThan(budget);
  expect(resident - before).toBeLessThan(20);
});
