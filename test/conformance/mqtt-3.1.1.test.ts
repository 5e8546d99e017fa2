/**
 * MQTT 3.1.1 (OASIS standard), packet by packet, on the broker of a running bridge with its accounts and access rules, as an
 * account of kind `all`. Bracketed names are the standard's numbered statements.
 */
import mqttPacket, { type Packet } from 'mqtt-packet';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { consumer, type Ends, endAll, startBridge } from '../system/kit.ts';
import { account, logIn, openPackets, publish, receive, subscribe } from './packet-client.ts';

const bridgeEnds: Ends = [];
const ends: Ends = [];
let port: number;

beforeAll(async () => {
  const { urls } = await startBridge(bridgeEnds, `mqtt: { ${consumer} }`);
  port = Number(new URL(urls.mqtt!).port);
});
afterAll(() => endAll(bridgeEnds));
afterEach(() => endAll(ends));

const connect = (more: object = {}) => logIn(ends, port, more);
const disconnect = async (client: { send(packet: Packet): void; closed: Promise<void> }) => {
  client.send({ cmd: 'disconnect' } as Packet);
  await client.closed;
};

describe('MQTT 3.1.1', () => {
  it('carries messages of each QoS to a subscriber [MQTT-4.3]', async () => {
    const client = await connect();
    expect(client.connack).toMatchObject({ returnCode: 0, sessionPresent: false });
    expect(await subscribe(client, [['conformance/a', 2]])).toEqual([2]);
    for (const qos of [0, 1, 2] as const) {
      const got = receive(client);
      await publish(client, 'conformance/a', `qos ${qos}`, qos);
      expect(await got).toMatchObject({ text: `qos ${qos}`, qos, retain: false, dup: false });
    }
    await disconnect(client);
  });

  it('closes a connection with a second CONNECT, or with another protocol [MQTT-3.1.0-2] [MQTT-3.1.2-1]', async () => {
    const client = await connect();
    client.send({ cmd: 'connect', clientId: 'one', clean: true, ...account } as Packet);
    await client.closed;
    const stranger = openPackets(ends, port);
    stranger.send(Buffer.from([0x10, 0x0f, 0, 2, 0x68, 0x6a, 4, 2, 0, 0, 0, 3, 0x61, 0x62, 0x63, 0, 0]));
    await stranger.closed;
    expect(stranger.waiting()).toEqual([]);
  });

  it('answers a version that it does not speak with return code 1 [MQTT-3.1.2-2]', async () => {
    const client = openPackets(ends, port);
    client.send({ cmd: 'connect', protocolVersion: 5, clientId: 'five', clean: true, ...account } as Packet);
    expect(await client.next('connack')).toMatchObject({ returnCode: 1 });
    await client.closed;
  });

  it('keeps the last retained message of a topic until an empty one [MQTT-3.3.1-5] [MQTT-3.3.1-10]', async () => {
    const client = await connect();
    const topics = ['conformance/r/0', 'conformance/r/1', 'conformance/r/2'] as const;
    const all = async (payload: string) => {
      for (const qos of [0, 1, 2] as const) await publish(client, topics[qos], payload, qos, true);
    };
    await all('old');
    await all('new');
    await subscribe(client, [['conformance/r/+', 2]]);
    const found = [await receive(client), await receive(client), await receive(client)];
    expect(found.map(({ topic }) => topic).sort()).toEqual([...topics]);
    for (const { text, retain } of found) expect([text, retain]).toEqual(['new', true]);
    await disconnect(client);

    const cleaner = await connect();
    for (const topic of topics) await publish(cleaner, topic, '', 1, true);
    await publish(cleaner, 'conformance/r/last', 'there', 1, true);
    await subscribe(cleaner, [['conformance/r/+', 1]]);
    expect((await receive(cleaner)).topic).toBe('conformance/r/last');
    await publish(cleaner, 'conformance/r/last', '', 1, true);
    expect(await receive(cleaner)).toMatchObject({ topic: 'conformance/r/last', text: '', retain: false });
    expect(cleaner.waiting()).toEqual([]);
  });

  it('publishes a will when a connection breaks, and not after DISCONNECT [MQTT-3.1.2-8] [MQTT-3.14.4-3]', async () => {
    const will = (topic: string) => ({
      will: { topic, payload: Buffer.from('gone'), qos: 1, retain: false },
    });
    const watcher = await connect({ clientId: 'watcher' });
    await subscribe(watcher, [['conformance/will/#', 1]]);
    const polite = await connect({ clientId: 'polite', ...will('conformance/will/polite') });
    await disconnect(polite);
    const broken = await connect({ clientId: 'broken', ...will('conformance/will/broken') });
    broken.socket.resetAndDestroy();
    expect(await receive(watcher)).toMatchObject({ topic: 'conformance/will/broken', text: 'gone' });
    expect(watcher.waiting()).toEqual([]);
  });

  it('takes an empty client id with a clean session only [MQTT-3.1.3-7] [MQTT-3.1.3-8]', async () => {
    const kept = openPackets(ends, port);
    const bytes = mqttPacket.generate({ cmd: 'connect', clientId: '', clean: true, ...account } as Packet);
    // The flag of a clean session, which the encoder rightly does not leave out here (3.1.2.4).
    bytes[9]! &= ~2;
    kept.send(bytes);
    expect(await kept.next('connack')).toMatchObject({ returnCode: 2, sessionPresent: false });
    await kept.closed;
    const clean = await connect({ clientId: '', clean: true });
    expect(clean.connack).toMatchObject({ returnCode: 0 });
    // Each has an id of its own: the second does not push the first out.
    const other = await connect({ clientId: '', clean: true });
    await subscribe(other, [['conformance/x', 1]]);
    await publish(clean, 'conformance/x', 'both are there', 1);
    expect((await receive(other)).text).toBe('both are there');
  });

  it('queues for a client that is away, and says that its session is there [MQTT-3.1.2-4] [MQTT-3.2.2-2]', async () => {
    const away = { clientId: 'away', clean: false };
    const client = await connect(away);
    await subscribe(client, [['conformance/q/+', 2]]);
    await disconnect(client);
    const sender = await connect({ clientId: 'sender' });
    await publish(sender, 'conformance/q/1', 'one', 1);
    await publish(sender, 'conformance/q/2', 'two', 2);
    const back = await connect(away);
    expect(back.connack).toMatchObject({ returnCode: 0, sessionPresent: true });
    expect(await receive(back)).toMatchObject({ text: 'one', qos: 1 });
    expect(await receive(back)).toMatchObject({ text: 'two', qos: 2 });
    await disconnect(back);
    const clean = await connect({ clientId: 'away', clean: true });
    expect(clean.connack.sessionPresent).toBe(false);
    expect(clean.waiting()).toEqual([]);
  });

  it('sends to overlapping subscriptions with the highest QoS among them [MQTT-3.3.5-1]', async () => {
    const client = await connect();
    await subscribe(client, [
      ['conformance/o/#', 2],
      ['conformance/+/c', 1],
    ]);
    await publish(client, 'conformance/o/c', 'over', 2);
    await publish(client, 'conformance/o/end', 'end', 1);
    const found = [];
    for (let message = await receive(client); message.text !== 'end'; message = await receive(client))
      found.push(message.qos);
    expect(Math.max(...found)).toBe(2);
    expect(found.length).toBeLessThanOrEqual(2);
  });

  it('cuts a client that is silent for one and a half of its keep-alive, and says its will [MQTT-3.1.2-24]', async () => {
    const watcher = await connect({ clientId: 'watcher' });
    await subscribe(watcher, [['conformance/silent', 1]]);
    const will = { topic: 'conformance/silent', payload: Buffer.from('gone'), qos: 1, retain: false };
    const started = performance.now();
    const silent = await connect({ clientId: 'silent', keepalive: 1, will });
    expect((await receive(watcher)).text).toBe('gone');
    await silent.closed;
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_000);
    // Without keep-alive, a client may be silent; with pings, it is not.
    watcher.send({ cmd: 'pingreq' } as Packet);
    await watcher.next('pingresp');
  });

  it('sends again what was not acknowledged, with the same packet id [MQTT-4.4.0-1]', async () => {
    const one = { clientId: 'again', clean: false };
    const client = await connect(one);
    await subscribe(client, [['conformance/d/#', 2]]);
    const sender = await connect({ clientId: 'sender' });
    await publish(sender, 'conformance/d/1', 'one', 1);
    await publish(sender, 'conformance/d/2', 'two', 2);
    await publish(sender, 'conformance/d/3', 'three', 2);
    const first = [await client.next('publish'), await client.next('publish'), await client.next('publish')];
    // The last one was received, and only its end is open.
    const { messageId } = first[2]!;
    client.send({ cmd: 'pubrec', messageId: messageId! });
    await client.next('pubrel');
    client.socket.resetAndDestroy();
    await client.closed;

    const back = await connect(one);
    expect(back.connack.sessionPresent).toBe(true);
    const again = [await receive(back), await receive(back)];
    expect(again.map(({ text, qos }) => [text, qos])).toEqual([
      ['one', 1],
      ['two', 2],
    ]);
    expect(again.map((message) => message.messageId)).toEqual(
      first.slice(0, 2).map((message) => message.messageId),
    );
    expect(await back.next('pubrel')).toMatchObject({ messageId });
    back.send({ cmd: 'pubcomp', messageId: messageId! });
    back.send({ cmd: 'pingreq' } as Packet);
    await back.next('pingresp');
    expect(back.waiting()).toEqual([]);
  });

  it('refuses a subscription with 0x80, in its place among the others [MQTT-3.9.3-1]', async () => {
    const client = await connect();
    const granted = await subscribe(client, [
      ['conformance/s', 1],
      ['$SYS/#', 2],
      ['conformance/t', 0],
    ]);
    expect(granted).toEqual([1, 0x80, 0]);
    const got = receive(client);
    await publish(client, 'conformance/s', 'still here', 1);
    expect((await got).text).toBe('still here');
  });

  it('keeps topics that begin with $ from filters that begin with a wildcard [MQTT-4.7.2-1]', async () => {
    const client = await connect();
    await subscribe(client, [
      ['+/conformance/#', 1],
      ['#', 0],
    ]);
    await publish(client, '$x/conformance/a', 'hidden', 1);
    await publish(client, 'x/conformance/a', 'seen', 1);
    for (let message = await receive(client); message.text !== 'seen'; message = await receive(client))
      expect(message.topic.startsWith('$')).toBe(false);
  });

  it('sends nothing more once it was unsubscribed [MQTT-3.10.4-1] [MQTT-3.10.4-4]', async () => {
    const client = await connect();
    await subscribe(client, [
      ['conformance/u/1', 1],
      ['conformance/u/2', 1],
    ]);
    client.send({
      cmd: 'unsubscribe',
      messageId: 7,
      unsubscriptions: ['conformance/u/1', 'never'],
    } as Packet);
    expect(await client.next('unsuback')).toMatchObject({ messageId: 7 });
    await publish(client, 'conformance/u/1', 'no', 1);
    await publish(client, 'conformance/u/2', 'yes', 1);
    expect((await receive(client)).text).toBe('yes');
    expect(client.waiting()).toEqual([]);
  });

  it.each([
    ['a topic with a wildcard', { cmd: 'publish', topic: 'conformance/+', payload: 'x', qos: 0 }],
    ['an empty topic', { cmd: 'publish', topic: '', payload: 'x', qos: 0 }],
  ])('drops the connection of a client that publishes on %s [MQTT-3.3.2-2]', async (_what, packet) => {
    const other = await connect({ clientId: 'other' });
    await subscribe(other, [['conformance/#', 0]]);
    const client = await connect();
    const { topic } = packet;
    const head = Buffer.from([0x30, topic.length + 3, 0, topic.length]);
    client.send(Buffer.concat([head, Buffer.from(`${topic}x`)]));
    await client.closed;
    await publish(other, 'conformance/fine', 'fine', 1);
    expect((await receive(other)).text).toBe('fine');
  });
});
