/** An MQTT 3.1.1 client that does nothing by itself: every packet that goes out is the test's, every one that comes in is kept. */
import { connect as connectTcp, type Socket } from 'node:net';
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet';
import type { Ends } from '../system/kit.ts';

export interface PacketClient {
  socket: Socket;
  /** Sends one packet, or bytes as they are. */
  send(packet: Packet | Buffer): void;
  /** The next packet of this kind that was not taken yet; those of other kinds stay where they are. @throws when the connection ends first */
  next<Kind extends Packet['cmd']>(kind: Kind): Promise<Extract<Packet, { cmd: Kind }>>;
  /** What has come and was not taken. */
  waiting(): Packet[];
  closed: Promise<void>;
}

export const account = { username: 'test', password: Buffer.from('test-password') };

/** Opens a connection; nothing is sent yet. */
export function openPackets(ends: Ends, port: number): PacketClient {
  const socket = connectTcp(port, '127.0.0.1');
  const parser = mqttPacket.parser({ protocolVersion: 4 });
  const kept: Packet[] = [];
  const wanted: { kind: string; take: (packet: Packet) => void; fail: (error: Error) => void }[] = [];
  let ended = false;

  parser.on('packet', (packet) => {
    const index = wanted.findIndex(({ kind }) => kind === packet.cmd);
    if (index < 0) kept.push(packet);
    else wanted.splice(index, 1)[0]!.take(packet);
  });
  socket.on('data', (bytes) => parser.parse(bytes));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      ended = true;
      for (const { fail, kind } of wanted) fail(new Error(`the connection ended before a ${kind}`));
      resolve();
    }),
  );
  ends.push(() => socket.destroy());
  return {
    socket,
    send: (packet) => void socket.write(Buffer.isBuffer(packet) ? packet : mqttPacket.generate(packet)),
    next: (kind) =>
      new Promise((resolve, reject) => {
        const index = kept.findIndex(({ cmd }) => cmd === kind);
        if (index >= 0) return resolve(kept.splice(index, 1)[0] as never);
        if (ended) return reject(new Error(`the connection ended before a ${kind}`));
        wanted.push({ kind, take: resolve as never, fail: reject });
      }),
    waiting: () => [...kept],
    closed,
  };
}

/** Logs in as the account of kind `all`; resolves with the client and the broker's answer. */
export async function logIn(ends: Ends, port: number, more: Partial<IConnectPacket> = {}) {
  const client = openPackets(ends, port);
  client.send({ cmd: 'connect', clientId: 'one', clean: true, keepalive: 0, ...account, ...more } as Packet);
  const connack = await client.next('connack');
  return { ...client, connack };
}

export async function subscribe(client: PacketClient, wanted: [topic: string, qos: 0 | 1 | 2][]) {
  client.send({
    cmd: 'subscribe',
    messageId: 1_000,
    subscriptions: wanted.map(([topic, qos]) => ({ topic, qos })),
  } as Packet);
  return (await client.next('suback')).granted;
}

/** Publishes, and goes through all that its QoS asks of a sender. */
export async function publish(
  client: PacketClient,
  topic: string,
  payload: string,
  qos: 0 | 1 | 2 = 0,
  retain = false,
): Promise<void> {
  const messageId = 2_000;
  client.send({
    cmd: 'publish',
    topic,
    payload,
    qos,
    retain,
    dup: false,
    ...(qos > 0 ? { messageId } : {}),
  } as Packet);
  if (qos === 1) await client.next('puback');
  if (qos === 2) {
    await client.next('pubrec');
    client.send({ cmd: 'pubrel', messageId });
    await client.next('pubcomp');
  }
}

/** Takes the next message, and goes through all that its QoS asks of a receiver. */
export async function receive(client: PacketClient): Promise<IPublishPacket & { text: string }> {
  const message = await client.next('publish');
  const { qos, messageId } = message;
  if (qos === 1) client.send({ cmd: 'puback', messageId: messageId! });
  if (qos === 2) {
    client.send({ cmd: 'pubrec', messageId: messageId! });
    await client.next('pubrel');
    client.send({ cmd: 'pubcomp', messageId: messageId! });
  }
  return { ...message, text: message.payload.toString() };
}
