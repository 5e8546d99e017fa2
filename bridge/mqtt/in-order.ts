/**
 * Aedes numbers a message when it is published and keeps a client from getting an older number after a newer one; a
 * retained message that waits for its storage is overtaken by the next, and would never arrive. So each message goes
 * on its way only when the one before it is on its way.
 */
import { Readable } from 'node:stream';
import type { Aedes } from 'aedes';

type Publish = (packet: unknown, client: unknown, done?: (error?: Error | null) => void) => void;

interface Retained {
  topic: string;
  payload: Uint8Array;
}

/** The part of Aedes' storage that keeps what is retained (aedes-persistence, "API"). */
interface Storage {
  storeRetained(packet: Retained): Promise<void>;
  createRetainedStreamCombi(filters: string[]): AsyncIterable<Retained>;
}

const none = new Uint8Array();

/**
 * A subscriber is sent what is retained one by one, from a copy made at once: what is published meanwhile reaches it
 * first, and then the copy's older one. So each is read only when its turn has come.
 */
function replayNewest(storage: Storage): void {
  const newest = new Map<string, Uint8Array>();
  const store = storage.storeRetained.bind(storage);
  const copy = storage.createRetainedStreamCombi.bind(storage);
  storage.storeRetained = (packet) => {
    if (packet.payload.length > 0) newest.set(packet.topic, packet.payload);
    else newest.delete(packet.topic);
    return store(packet);
  };
  async function* late(filters: string[]) {
    for await (const packet of copy(filters)) {
      const { topic } = packet;
      yield {
        ...packet,
        get payload() {
          return newest.get(topic) ?? none;
        },
      };
    }
  }
  storage.createRetainedStreamCombi = (filters) => Readable.from(late(filters));
}

/** Makes this broker publish in order, whoever publishes. */
export function publishInOrder(aedes: Aedes): void {
  replayNewest((aedes as unknown as { persistence: Storage }).persistence);
  const inner = aedes as unknown as { publish: Publish; mq: { emit: (...args: unknown[]) => unknown } };
  const publish = inner.publish.bind(aedes);
  const emit = inner.mq.emit.bind(inner.mq);
  const waiting: (() => void)[] = [];
  let underWay = false;

  function next(): void {
    underWay = false;
    const start = waiting.shift();
    if (start) start();
  }

  inner.mq.emit = (...args) => {
    const result = emit(...args);
    if (underWay) next();
    return result;
  };

  inner.publish = (packet, client, done) => {
    const [from, ended] = typeof client === 'function' ? [null, client as typeof done] : [client, done];
    const start = () => {
      underWay = true;
      let left = false;
      publish(packet, from, (error) => {
        // One that fails before it is emitted must not hold up the rest.
        if (error && !left && underWay) next();
        left = true;
        ended?.(error);
      });
    };
    if (underWay) waiting.push(start);
    else start();
  };
}
