/** Seeded mutation fuzz of the MQTT port. MQTT_FUZZ_SECONDS=300 for the long run, MQTT_FUZZ_SEED to repeat one. */
import { connect as connectTcp } from 'node:net';
import mqtt from 'mqtt';
import mqttPacket from 'mqtt-packet';
import { expect, it } from 'vitest';
import { accessRules } from '../../bridge/mqtt/access.ts';
import { createBroker } from '../../bridge/mqtt/broker.ts';
import { systemClock } from '../../protocol/clock.ts';

const seconds = Number(process.env['MQTT_FUZZ_SECONDS'] ?? 3);
const seed = Number(process.env['MQTT_FUZZ_SEED'] ?? 1);
const atOnce = 20;
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Mulberry32: small, and the same numbers everywhere. */
function seeded(state: number): () => number {
  let now = state;
  return () => {
    now = (now + 0x6d2b79f5) | 0;
    let mixed = Math.imul(now ^ (now >>> 15), 1 | now);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const login = {
  cmd: 'connect',
  clientId: 'fuzz',
  username: 'ha',
  password: Buffer.from('x'),
  clean: true,
} as const;
const good = [
  mqttPacket.generate({ ...login, keepalive: 10 }),
  mqttPacket.generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'doorlight/#', qos: 1 }] }),
  ...([0, 1, 2] as const).map((qos) =>
    mqttPacket.generate({
      cmd: 'publish',
      messageId: 2,
      topic: 'a/b',
      payload: 'x',
      qos,
      retain: false,
      dup: false,
    }),
  ),
  mqttPacket.generate({ cmd: 'pubrel', messageId: 2 }),
  mqttPacket.generate({ cmd: 'unsubscribe', messageId: 3, unsubscriptions: ['doorlight/#'] }),
  mqttPacket.generate({ cmd: 'pingreq' }),
];

it(
  `serves through ${seconds} s of broken packets (seed ${seed})`,
  async () => {
    const random = seeded(seed);
    const pick = (below: number) => Math.floor(random() * below);
    const broker = await createBroker({
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      rules: accessRules('doorlight', 'homeassistant'),
      authenticate: (name) => ({ kind: 'consumer', name, access: 'all' }),
      clock: systemClock,
      log,
    });
    const port = (await broker.start())!;

    function mutated(): Buffer {
      const bytes = Buffer.concat([
        ...(random() < 0.7 ? [good[0]!] : []),
        ...Array.from({ length: 1 + pick(4) }, () => good[pick(good.length)]!),
      ]);
      for (let count = pick(6); count > 0; count--) bytes[pick(bytes.length)] = pick(256);
      return random() < 0.2 ? bytes.subarray(0, pick(bytes.length)) : bytes;
    }

    const one = () =>
      new Promise<void>((resolve) => {
        const socket = connectTcp(port, '127.0.0.1');
        socket.on('error', () => {});
        socket.once('close', () => resolve());
        socket.resume();
        socket.end(mutated());
        // A broker may wait for the rest of a packet that was cut off.
        socket.setTimeout(100, () => socket.destroy());
      });

    const end = Date.now() + seconds * 1000;
    let connections = 0;
    const before = process.memoryUsage().rss;
    while (Date.now() < end) {
      await Promise.all(Array.from({ length: atOnce }, one));
      connections += atOnce;
      if (connections % 1_000 !== 0) continue;
      const alive = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
        username: 'ha',
        reconnectPeriod: 0,
      });
      await alive.endAsync();
    }
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
      username: 'ha',
      reconnectPeriod: 0,
    });
    expect(client.connected).toBe(true);
    await client.endAsync();
    if (seconds > 30) console.log({ connections, grownMiB: (process.memoryUsage().rss - before) / 2 ** 20 });
    await broker.stop();
    expect(connections).toBeGreaterThan(0);
  },
  seconds * 1000 + 30_000,
);
