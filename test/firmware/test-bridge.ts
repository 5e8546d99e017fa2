/** The bridge as a lamp sees it: the probe's answers and a real broker, with the faults that tests ask for. */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import type { Show } from '../../protocol/show.ts';

export const id = 'door-alice';
export const key = '00112233445566778899aabbccddeeff';

export const sign = (text: string, secret = key) => createHmac('sha256', secret).update(text).digest('hex');

export type TestBridge = Awaited<ReturnType<typeof createTestBridge>>;

export async function createTestBridge() {
  const broker = await Aedes.createBroker();
  const inner = createServer(broker.handle);
  inner.listen(0, '127.0.0.1');
  await once(inner, 'listening');

  const passwords = new Set<string>();
  const sockets = new Set<Socket>();
  const published = new Map<string, string[]>();
  const logins: { clientId: string; username: string; password: string }[] = [];
  const bridge = {
    probePort: 0,
    port: 0,
    probes: [] as string[],
    logins,
    /** Topics that the lamp has written without retain or with another QoS than 1. */
    loose: [] as string[],
    /** How many log-ins to refuse from now on. */
    refuse: 0,
    /** Topics whose subscription is denied. */
    deny: new Set<string>(),
    /** Whether probes are answered, and whether the bridge says that it is alive. */
    answering: true,
    alive: true,
    /** Sent ahead of each true answer. */
    forge: undefined as ((lamp: string, nonceL: string) => string) | undefined,
    /** How bytes go to the lamp; a test replaces it to split or to join them. */
    deliver: (data: Buffer, socket: Socket): void => void socket.write(data),

    /** All that the lamp has said on its own topic, oldest first. */
    said: (what: string) => published.get(`doorlight/lights/${id}/${what}`) ?? [],
    publish(topic: string, payload: string, retain = false): Promise<void> {
      return new Promise((resolve, reject) => {
        const packet = { cmd: 'publish', qos: 1, dup: false, topic, payload, retain } as const;
        broker.publish(packet, (error) => (error ? reject(error) : resolve()));
      });
    },
    online: () => bridge.publish('doorlight/bridge/state', 'online', true),
    sayAlive: () => bridge.publish('doorlight/bridge/alive', JSON.stringify({ seq: 1, ms: Date.now() })),
    show: (show: Show | string) =>
      bridge.publish(
        `doorlight/lights/${id}/show`,
        typeof show === 'string' ? show : JSON.stringify(show),
        true,
      ),
    /** Bytes that are no broker's, straight to the lamp. */
    inject(data: Buffer): void {
      for (const socket of sockets) socket.write(data);
    },
    connections: () => sockets.size,
    /** The broker goes away, and comes back on the same port. */
    async goAway(): Promise<void> {
      const closed = once(outer, 'close');
      outer.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async comeBack(): Promise<void> {
      outer.listen(bridge.port, '127.0.0.1');
      await once(outer, 'listening');
    },
    async stop(): Promise<void> {
      clearInterval(aliveTimer);
      udp.close();
      if (outer.listening) await bridge.goAway();
      await new Promise<void>((resolve) => broker.close(() => inner.close(() => resolve())));
    },
  };

  broker.authenticate = (client, username, password, done) => {
    logins.push({
      clientId: client.id,
      username: username ?? '',
      password: String(password),
    });
    const good = passwords.delete(String(password)) && bridge.refuse-- <= 0;
    done(good ? null : Object.assign(new Error('refused'), { returnCode: 4 }), good);
  };
  broker.authorizeSubscribe = (_client, subscription, done) => {
    done(null, bridge.deny.has(subscription.topic) ? null : subscription);
  };
  broker.on('publish', (packet, client) => {
    if (packet.topic.startsWith('$SYS')) return;
    if (client && !(packet.retain && packet.qos === 1)) bridge.loose.push(packet.topic);
    published.set(packet.topic, [...(published.get(packet.topic) ?? []), String(packet.payload)]);
    if (packet.topic.endsWith('/availability') && String(packet.payload) === 'online' && bridge.alive) {
      void bridge.sayAlive();
    }
  });

  // The lamp's side of the broker, where its bytes can be got at.
  const outer = createServer((socket) => {
    const far = connect((inner.address() as AddressInfo).port, '127.0.0.1');
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('data', (data) => far.write(data));
    far.on('data', (data) => bridge.deliver(data, socket));
    for (const [one, other] of [
      [socket, far],
      [far, socket],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  outer.listen(0, '127.0.0.1');
  await once(outer, 'listening');
  bridge.port = (outer.address() as AddressInfo).port;

  const udp = createSocket('udp4');
  udp.on('message', (message: Buffer, from: RemoteInfo) => {
    bridge.probes.push(String(message));
    const [word, lamp, nonceL] = String(message).split(' ');
    if (word !== 'DL1' || lamp !== id || !nonceL || !bridge.answering) return;
    const nonceB = randomBytes(16).toString('hex');
    const proof = sign(`bridge|${id}|${nonceL}|${nonceB}|-|${bridge.port}`);
    passwords.add(sign(`lamp|${id}|${nonceL}|${nonceB}`));
    if (bridge.forge) udp.send(bridge.forge(lamp, nonceL), from.port, from.address);
    udp.send(`DL1 - ${bridge.port} ${nonceB} ${proof}`, from.port, from.address);
  });
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  bridge.probePort = udp.address().port;

  const aliveTimer = setInterval(() => bridge.alive && void bridge.sayAlive(), 150);
  return bridge;
}
