/**
 * Aedes numbers a message when it is published and keeps a client from getting an older number after a newer one; a
 * retained message that waits for its storage is overtaken by the next, and would never arrive. So each message goes
 * on its way only when the one before it is on its way.
 */
import type { Aedes } from 'aedes';

type Publish = (packet: unknown, client: unknown, done?: (error?: Error | null) => void) => void;

/** Makes this broker publish in order, whoever publishes. */
export function publishInOrder(aedes: Aedes): void {
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
