import { connect as connectTcp } from 'node:net';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { afterEach, expect, it } from 'vitest';
import { consumer, type Ends, endAll, eventually, listen, startBridge } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

/** A consumer that logs in, wants everything, and then reads nothing more. */
async function freeze(port: number, clientId: string, qos: 0 | 1) {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  ends.push(() => socket.destroy());
  const answered = () => new Promise((resolve) => socket.once('data', resolve));
  const login = { username: 'test', password: Buffer.from('test-password'), clean: true, keepalive: 0 };
  socket.write(mqttPacket.generate({ cmd: 'connect', clientId, ...login } as Packet));
  await answered();
  const subscriptions = [{ topic: 'doorlight/#', qos }];
  socket.write(mqttPacket.generate({ cmd: 'subscribe', messageId: 1, subscriptions } as Packet));
  await answered();
  socket.pause();
  const cut = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { thaw: () => socket.resume(), cut };
}

it('consumers that freeze cost the others less than 5 s, and no message', async () => {
  const { urls } = await startBridge(
    ends,
    `people: [{ id: alice, user: alice@contoso.com }]
lights: [{ id: door, kind: espruino, shows: [alice] }]
mqtt: { ${consumer} }`,
  );
  const port = Number(new URL(urls.mqtt!).port);
  const frozen = [
    await freeze(port, 'ice-0', 0),
    await freeze(port, 'ice-1', 1),
    await freeze(port, 'ice-2', 0),
  ];
  const { client, all, last } = await listen(ends, urls.mqtt!);
  const sentAt = new Map<string, number>();
  const delays: number[] = [];
  client.on('message', (topic, payload) => {
    const at = sentAt.get(`${topic} ${payload.subarray(0, 8).toString()}`);
    if (at !== undefined) delays.push(performance.now() - at);
  });
  // More than what the system buffers for three readers that read nothing.
  const count = 900;
  const padding = 'x'.repeat(32 * 1024);
  for (let index = 0; index < count; index++) {
    const text = `${String(index).padStart(8)}${padding}`;
    sentAt.set(`doorlight/x ${text.slice(0, 8)}`, performance.now());
    client.publish('doorlight/x', text, { qos: 1 });
  }
  // Meanwhile the bridge goes on with its work.
  client.publish('doorlight/presence/alice/set', '{"status":"dnd"}', { qos: 1 });
  await eventually(() => expect(last.get('doorlight/presence/alice/status')).toBe('dnd'), 30_000);
  await eventually(() => expect(delays).toHaveLength(count), 30_000);
  expect(Math.max(...delays)).toBeLessThan(5_000);
  const numbers = all
    .filter(({ topic }) => topic === 'doorlight/x')
    .map(({ payload }) => Number(payload.slice(0, 8)));
  expect(numbers).toEqual(Array.from({ length: count }, (_, index) => index));
  for (const { thaw, cut } of frozen) {
    thaw();
    await cut;
  }
  expect(client.connected).toBe(true);
});
