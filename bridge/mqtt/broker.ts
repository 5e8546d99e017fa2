/** The embedded broker: Aedes behind guards, with accounts and default deny. */
import type { IncomingMessage } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { type Clock, every } from '../../protocol/clock.ts';
import { type Log, reasonOf } from '../log.ts';
import { type AccessRules, type Account, nameOf } from './access.ts';
import { type Bounds, keepWithin, usualBounds } from './bounds.ts';
import type { Heard, LinkedBus } from './bus.ts';
import { publishInOrder } from './in-order.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { createLogins } from './logins.ts';
import { guardPacketSize } from './packet-guard.ts';

const maxPacketBytes = 64 * 1024;
const connectTimeoutMs = 5_000;
/** A reader that takes nothing for so long is cut off: all others wait for it meanwhile. */
const drainTimeoutMs = 2_000;
/** MQTT lets a client do without keep-alive; then TCP finds out that it is gone. */
const tcpKeepAliveMs = 60_000;
const renewalMs = 24 * 3_600_000;
/** Messages of QoS 2 that a client has sent and not yet released are kept; EMQX waits for as many. */
const maxInflightInbound = 100;

/** How many there may be at once; one more is cut or refused, and nobody else who has logged in is touched. */
export interface Limits {
  connections: number;
  perAddress: number;
  /** Connections that have not logged in yet, TLS handshakes among them. One more cuts the one that has waited longest. */
  unauthenticated: number;
  subscriptionsPerClient: number;
}

const usualLimits: Limits = {
  connections: 2_000,
  perAddress: 500,
  unauthenticated: 100,
  subscriptionsPerClient: 1_000,
};

/** Where a refused publish goes: acknowledged to its sender, delivered to nobody. */
const refused = '$refused';

export interface BrokerOptions {
  host: string;
  /** 0 = any free port; nothing = off */
  port: number | undefined;
  /** `certificate` is asked at the start and each day, so that a renewed one is served without a restart. */
  tls: { port: number; certificate: () => Promise<{ cert: string; key: string }> } | undefined;
  rules: AccessRules;
  /** The account that these are the credentials of. */
  authenticate: (
    username: string,
    password: string,
    clientId: string,
  ) => Account | undefined | Promise<Account | undefined>;
  limits?: Limits;
  bounds?: Bounds;
  clock: Clock;
  log: Log;
}

export interface BrokerCounters {
  connections: number;
  refusedPublishes: number;
  refusedLogins: number;
  oversized: number;
  /** Messages that were not kept for a client that is away, or not retained, because there were too many. */
  dropped: number;
}

export interface Broker extends LinkedBus {
  /** Resolves with the port listened on, if any. @throws the socket's error, EADDRINUSE above all */
  start(): Promise<number | undefined>;
  /** The same for MQTT over TLS. */
  startTls(): Promise<number | undefined>;
  /** MQTT over WebSocket: an HTTP upgrade that asks for it. */
  acceptUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Cuts every connection of an account, by the name that it logs in with. */
  cut(name: string): void;
  /** Calls when a lamp subscribes to a topic: from then on it hears it. */
  onSubscribe(listener: (account: Account, filter: string) => void): () => void;
  counters(): BrokerCounters;
  stop(): Promise<void>;
}

export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { rules, log, limits = usualLimits } = options;
  const logins = createLogins(createLoginThrottle(options.clock));
  const addresses = new WeakMap<object, string>();
  const accounts = new WeakMap<Client, Account>();
  const subscribed = new WeakMap<Client, Set<string>>();
  const clients = new Set<Client>();
  const emptyIds = new WeakSet<Client>();
  const perAddress = new Map<string, number>();
  /** Who has not logged in yet, by the other end; the one that has waited longest is first. */
  const strangers = new Map<string, Duplex>();
  const listeners = new Set<(message: Heard) => void>();
  const subscribers = new Set<(account: Account, filter: string) => void>();
  const servers: Server[] = [];
  let cancelRenewal = () => {};
  const counters = { connections: 0, refusedPublishes: 0, refusedLogins: 0, oversized: 0 };

  const aedes = await Aedes.createBroker({
    connectTimeout: connectTimeoutMs,
    drainTimeout: drainTimeoutMs,
    maxInflightInbound,
    preConnect(client, packet, done) {
      // [MQTT-3.1.3-8]: an empty id needs a clean session. Refused later, where a return code can be given.
      if (packet.clientId === '' && !packet.clean) emptyIds.add(client);
      done(null, true);
    },
    authenticate(client, username, password, done) {
      if (emptyIds.has(client)) return done(refusal(2, 'identifier rejected'), null);
      const address = addresses.get(client.conn) ?? '';
      const name = username ?? '';
      const check = () => options.authenticate(name, password?.toString('utf8') ?? '', client.id);
      void logins.run(address, name, check).then((account) => {
        if (!account) {
          counters.refusedLogins++;
          return done(refusal(4, 'bad user name or password'), null);
        }
        accounts.set(client, account);
        // Two clients with one id evict each other, and share a session, only within one account.
        client.id = `${nameOf(account)}/${client.id}`;
        for (const [peer, stream] of strangers) if (stream === client.conn) strangers.delete(peer);
        done(null, true);
      });
    },
    authorizePublish(client, packet, done) {
      const account = client && accounts.get(client);
      if (!account || !rules.canPublish(account, packet.topic))
        drop(packet, 'its account may not write there');
      else if (packet.retain && rules.isCommand(packet.topic)) {
        // Whoever obeys commands is told of it, to say so; nobody else is.
        tell(packet);
        drop(packet, 'a command is never retained');
      }
      // Aedes closes the connection on an error here; a refused publish must not cost the sender its session.
      done(null);
    },
    authorizeSubscribe(client, subscription, done) {
      done(null, client && isGranted(client, subscription.topic) ? subscription : null);
    },
  });

  publishInOrder(aedes);
  const sessions = keepWithin(options.bounds ?? usualBounds, aedes, {
    clock: options.clock,
    isOurs: rules.isOurs,
    isGranted: (client, filter) => isGranted(client as Client, filter),
  });

  function isGranted(client: Client, filter: string): boolean {
    const account = accounts.get(client);
    const filters = subscribed.get(client) ?? new Set();
    if (!account || !rules.canSubscribe(account, filter)) return false;
    if (filters.size >= limits.subscriptionsPerClient && !filters.has(filter)) return false;
    subscribed.set(client, filters.add(filter));
    return true;
  }

  function tell({ topic, payload, retain }: PublishPacket): void {
    const heard = { topic, payload: Buffer.from(payload), retain };
    for (const listener of listeners) listener(heard);
  }

  function drop(packet: PublishPacket, reason: string): void {
    counters.refusedPublishes++;
    log.debug(`A publish was refused: ${reason}.`);
    packet.topic = refused;
    packet.payload = Buffer.alloc(0);
    packet.retain = false;
  }

  aedes.on('client', (client) => {
    clients.add(client);
    sessions.opened(client.id, !client.clean);
  });
  aedes.on('clientDisconnect', (client) => {
    clients.delete(client);
    sessions.left(client.id);
  });
  aedes.on('publish', (packet, client) => {
    if (!client || packet.topic === refused || packet.topic.startsWith('$')) return;
    tell(packet);
  });
  aedes.on('subscribe', (subscriptions, client) => {
    const account = accounts.get(client);
    if (!account) return;
    for (const { topic } of subscriptions) for (const listener of subscribers) listener(account, topic);
  });
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) subscribed.get(client)?.delete(filter);
  });
  // Broken packets and cut connections are the client's affair: Aedes has closed it, and nothing else is touched.
  aedes.on('clientError', (_client, error) => log.debug(`An MQTT connection was closed: ${error.message}`));
  aedes.on('connectionError', (_client, error) =>
    log.debug(`An MQTT connection was closed: ${error.message}`),
  );

  const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;

  /** Who says nothing must not keep out who logs in. */
  function greet(socket: Socket, stream: Duplex): void {
    const peer = peerOf(socket);
    strangers.delete(peer);
    const [longest] = strangers;
    if (longest && strangers.size >= limits.unauthenticated) {
      strangers.delete(longest[0]);
      longest[1].destroy();
    }
    strangers.set(peer, stream);
    socket.once('close', () => {
      if (strangers.get(peer) === stream) strangers.delete(peer);
    });
  }

  /** @param stream what carries MQTT: the socket itself, or a WebSocket on it */
  function accept(socket: Socket, stream: () => Duplex = () => socket): void {
    const address = socket.remoteAddress ?? '';
    const fromHere = perAddress.get(address) ?? 0;
    if (counters.connections >= limits.connections || fromHere >= limits.perAddress) {
      socket.destroy();
      return;
    }
    counters.connections++;
    perAddress.set(address, fromHere + 1);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, tcpKeepAliveMs);
    const carried = stream();
    greet(socket, carried);
    addresses.set(carried, address);
    socket.once('close', () => {
      counters.connections--;
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
    });
    guardPacketSize(carried, maxPacketBytes, (bytes) => {
      counters.oversized++;
      log.debug(`An MQTT connection was cut: a packet of ${bytes} bytes, the most is ${maxPacketBytes}.`);
    });
    aedes.handle(carried as never, undefined as never);
  }

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxPacketBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      offered.has('mqtt') ? 'mqtt' : offered.has('mqttv3.1') ? 'mqttv3.1' : false,
  });

  function listen(server: Server, port: number): Promise<number> {
    servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, options.host, () => {
        server.off('error', reject);
        resolve((server.address() as { port: number }).port);
      });
    });
  }

  return {
    async start() {
      return options.port === undefined
        ? undefined
        : await listen(
            createServer((socket) => accept(socket)),
            options.port,
          );
    },
    async startTls() {
      if (!options.tls) return undefined;
      const { certificate, port } = options.tls;
      const server = createTlsServer(
        { ...(await certificate()), minVersion: 'TLSv1.2', handshakeTimeout: connectTimeoutMs },
        (socket) => accept(socket),
      );
      cancelRenewal = every(options.clock, renewalMs, () => {
        certificate()
          .then((pems) => server.setSecureContext(pems))
          .catch((error: unknown) => log.warn(`The certificate of MQTT is as before: ${reasonOf(error)}`));
      });
      server.on('connection', (socket: Socket) => greet(socket, socket));
      // A failed handshake is the client's affair; without a listener it would end the process.
      server.on('tlsClientError', () => {});
      return await listen(server, port);
    },
    acceptUpgrade(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, (webSocket) =>
        accept(socket, () => createWebSocketStream(webSocket)),
      );
    },
    cut(name) {
      for (const client of clients) {
        const account = accounts.get(client);
        if (account && nameOf(account) === name) client.close();
      }
    },
    isUp: () => true,
    onUp: () => () => {},
    publish: (topic, payload, retain) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: 'publish', topic, payload, qos: 1, retain, dup: false } as const;
        aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
      }),
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onSubscribe(listener) {
      subscribers.add(listener);
      return () => subscribers.delete(listener);
    },
    counters: () => ({ ...counters, dropped: sessions.dropped() }),
    async stop() {
      listeners.clear();
      cancelRenewal();
      sessions.stop();
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const stream of strangers.values()) stream.destroy();
      await Promise.all(closed);
    },
  };
}

function refusal(returnCode: number, message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}
