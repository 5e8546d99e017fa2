/**
 * What the broker keeps for its clients has bounds: messages for sessions whose client is away, such sessions, and
 * retained messages. Aedes keeps all of them in memory without end, for clients that never come back, too.
 */
import type { Aedes } from 'aedes';
import { type Clock, every } from '../../protocol/clock.ts';

export interface Bounds {
  /** Messages that wait for one session, those under way to it among them; more are not kept for it. */
  queuedPerSession: number;
  /** Bytes that wait for all sessions of one account together. */
  queuedBytesPerAccount: number;
  sessionsPerAccount: number;
  /** A session whose client is away for so long ends, in ms. */
  sessionLifeMs: number;
  /** Retained messages other than the bridge's own. */
  retained: number;
  retainedBytes: number;
}

/** mosquitto keeps 1,000 messages for a session, too, and drops what comes later. */
export const usualBounds: Bounds = {
  queuedPerSession: 1_000,
  queuedBytesPerAccount: 4 * 2 ** 20,
  sessionsPerAccount: 20,
  sessionLifeMs: 24 * 3_600_000,
  retained: 10_000,
  retainedBytes: 16 * 2 ** 20,
};

/** A message; or what stands for it once its receiver has it and only the end of QoS 2 is left, without either. */
interface Packet {
  cmd?: string;
  topic?: string;
  payload?: Uint8Array;
}
interface Named {
  id: string;
}

/** The part of Aedes' storage that grows (aedes-persistence, "API"). */
interface Storage {
  storeRetained(packet: Packet & { topic: string; payload: Uint8Array }): Promise<void>;
  outgoingEnqueueCombi(subscriptions: { clientId: string }[], packet: Packet): Promise<void>;
  outgoingUpdate(client: Named, packet: Packet): Promise<void>;
  outgoingClearMessageId(client: Named, packet: Packet): Promise<Packet | undefined>;
  outgoingStream(client: Named): AsyncIterable<Packet>;
  addSubscriptions(client: Named, subscriptions: { topic: string }[]): Promise<void>;
  cleanSubscriptions(client: Named): Promise<void>;
  cleanIncoming(client: Named): Promise<void>;
}

/** What a message costs beside its payload, about. */
const overheadBytes = 300;
const sizeOf = ({ payload, topic }: Packet) => (payload?.length ?? 0) + (topic?.length ?? 0) + overheadBytes;
/** Sessions are named `<account>/<client id>` (broker.ts). */
const accountOf = (session: string) => session.slice(0, session.indexOf('/'));

export interface Sessions {
  /** A client is here; `kept`: it wants its session kept when it goes. */
  opened(session: string, kept: boolean): void;
  /** It went; its session stays for a while. */
  left(session: string): void;
  /** Messages that were not kept. */
  dropped(): number;
  stop(): void;
}

/**
 * `isOurs` are the topics that the bridge itself writes: what it retains is as much as it is configured for.
 * `isGranted`: whether a client may subscribe to a filter.
 */
export function keepWithin(
  bounds: Bounds,
  aedes: Aedes,
  options: {
    clock: Clock;
    isOurs: (topic: string) => boolean;
    isGranted: (client: object, filter: string) => boolean;
  },
): Sessions {
  const storage = (aedes as unknown as { persistence: Storage }).persistence;
  const inner = {
    storeRetained: storage.storeRetained.bind(storage),
    enqueue: storage.outgoingEnqueueCombi.bind(storage),
    update: storage.outgoingUpdate.bind(storage),
    clear: storage.outgoingClearMessageId.bind(storage),
    addSubscriptions: storage.addSubscriptions.bind(storage),
  };
  const retained = new Map<string, number>();
  let retainedBytes = 0;
  const queues = new Map<string, { count: number; bytes: number }>();
  const accountBytes = new Map<string, number>();
  let dropped = 0;
  /** Account -> session -> since when its client is away; the longest away is first. */
  const sessions = new Map<string, Map<string, number | undefined>>();

  storage.storeRetained = (packet) => {
    if (options.isOurs(packet.topic)) return inner.storeRetained(packet);
    const before = retained.get(packet.topic);
    const after = packet.payload.length === 0 ? undefined : sizeOf(packet);
    const bytes = retainedBytes - (before ?? 0) + (after ?? 0);
    const isMore = after !== undefined && (before === undefined || after > before);
    if (isMore && (retained.size >= bounds.retained || bytes > bounds.retainedBytes)) {
      dropped++;
      return Promise.resolve();
    }
    retainedBytes = bytes;
    if (after === undefined) retained.delete(packet.topic);
    else retained.set(packet.topic, after);
    return inner.storeRetained(packet);
  };

  // Aedes 1.2 stores what it has just refused, too, and would queue its messages for the session.
  storage.addSubscriptions = (client, subscriptions) =>
    inner.addSubscriptions(
      client,
      subscriptions.filter(({ topic }) => options.isGranted(client, topic)),
    );

  function count(session: string, messages: number, bytes: number): void {
    const queue = queues.get(session) ?? { count: 0, bytes: 0 };
    const left = queue.count + messages;
    // An empty queue weighs nothing, whatever became of its messages on their way.
    const now = left > 0 ? Math.max(0, queue.bytes + bytes) : 0;
    const account = accountOf(session);
    accountBytes.set(account, (accountBytes.get(account) ?? 0) + now - queue.bytes);
    if (left > 0) queues.set(session, { count: left, bytes: now });
    else queues.delete(session);
  }

  storage.outgoingEnqueueCombi = (subscriptions, packet) => {
    const size = sizeOf(packet);
    const taken = subscriptions.filter(({ clientId }) => {
      const waiting = queues.get(clientId)?.count ?? 0;
      const bytes = accountBytes.get(accountOf(clientId)) ?? 0;
      if (waiting >= bounds.queuedPerSession || bytes + size > bounds.queuedBytesPerAccount) {
        dropped++;
        return false;
      }
      count(clientId, 1, size);
      return true;
    });
    return inner.enqueue(taken, packet);
  };

  // A message that found no room is still for a client that is here; Aedes would close it over what is not there.
  storage.outgoingUpdate = (client, packet) =>
    inner.update(client, packet).catch((error: unknown) => {
      if (packet.cmd !== 'publish') throw error;
    });

  storage.outgoingClearMessageId = async (client, packet) => {
    const gone = await inner.clear(client, packet);
    if (gone) count(client.id, -1, -sizeOf(gone));
    return gone;
  };

  async function end(id: string): Promise<void> {
    await storage.cleanSubscriptions({ id });
    await storage.cleanIncoming({ id });
    for await (const packet of storage.outgoingStream({ id })) {
      await storage.outgoingClearMessageId({ id }, packet);
    }
  }

  const cancel = every(options.clock, Math.min(bounds.sessionLifeMs, 3_600_000), () => {
    const now = options.clock.monotonic();
    for (const ofAccount of sessions.values()) {
      for (const [id, since] of ofAccount) {
        if (since === undefined || now - since < bounds.sessionLifeMs) continue;
        ofAccount.delete(id);
        void end(id);
      }
    }
  });

  return {
    opened(session, kept) {
      const own = sessions.get(accountOf(session)) ?? new Map<string, number | undefined>();
      own.delete(session);
      if (!kept) return;
      sessions.set(accountOf(session), own.set(session, undefined));
      if (own.size <= bounds.sessionsPerAccount) return;
      const oldest = [...own].find(([, since]) => since !== undefined)?.[0];
      if (oldest === undefined) return;
      own.delete(oldest);
      void end(oldest);
    },
    left(session) {
      const own = sessions.get(accountOf(session));
      if (own?.delete(session)) own.set(session, options.clock.monotonic());
    },
    dropped: () => dropped,
    stop: cancel,
  };
}
