/** Seeded mutation fuzz of the broker by itself. MQTT_FUZZ_SECONDS=300 for the long run, MQTT_FUZZ_SEED to repeat one. */
import { connect as connectTcp } from 'node:net';
import mqtt from 'mqtt';
import { expect, it } from 'vitest';
import { accessRules } from '../../bridge/mqtt/access.ts';
import { createBroker } from '../../bridge/mqtt/broker.ts';
import { systemClock } from '../../protocol/clock.ts';
import { goodPackets, seeded, spoiltPackets } from './mutate.ts';

const seconds = Number(process.env['MQTT_FUZZ_SECONDS'] ?? 3);
const seed = Number(process.env['MQTT_FUZZ_SEED'] ?? 1);
const atOnce = 20;
const log = { debug() {}, info() {}, warn() {}, error() {} };

it(
  `serves through ${seconds} s of broken packets (seed ${seed})`,
  async () => {
    const chance = seeded(seed);
    const good = goodPackets('ha', 'x');
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

    const one = () =>
      new Promise<void>((resolve) => {
        const socket = connectTcp(port, '127.0.0.1');
        socket.on('error', () => {});
        socket.once('close', () => resolve());
        socket.resume();
        socket.end(spoiltPackets(chance, good));
        // A broker may wait for the rest of a packet that was cut off.
        socket.setTimeout(100, () => socket.destroy());
      });
    const alive = async () => {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
        username: 'ha',
        reconnectPeriod: 0,
      });
      await client.endAsync();
    };

    const end = Date.now() + seconds * 1000;
    let connections = 0;
    while (Date.now() < end) {
      await Promise.all(Array.from({ length: atOnce }, one));
      connections += atOnce;
      if (connections % 1_000 === 0) await alive();
    }
    await alive();
    await broker.stop();
    expect(connections).toBeGreaterThan(0);
  },
  seconds * 1000 + 30_000,
);
