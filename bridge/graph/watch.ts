/**
 * Push or poll, and the switch between them. One loop reads: each `pollSeconds`, or, while a subscription lives,
 * each `reconcileSeconds`, because Graph never says when presence notifications were lost. Another loop keeps the
 * subscription. Neither ever gives up.
 */
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { Config } from '../config/schema.ts';
import { type Log, reasonOf } from '../log.ts';
import type { Reading } from '../presence/board.ts';
import { failureOf, type Graph } from './client.ts';
import type { Directory } from './people.ts';
import { readPresences } from './poller.ts';
import { SignInNeeded } from './sign-in.ts';
import type { Subscription } from './subscription.ts';

/** After a refused handshake, push is tried again so often. */
const handshakeRetryMs = 10 * 60_000;
/** After any other failure: sooner, and doubling up to the same. */
const firstRetryMs = 5_000;
/** Retry-After beyond an hour is taken for a mistake. */
const longestRetryAfterS = 3_600;

export interface WatchStatus {
  source: 'push' | 'poll' | 'none';
  subscription: { expiresAt: string } | null;
  /** ISO-8601 */
  lastGraphContact: string | null;
  /** Why the last read failed; null while reads succeed. */
  fault: string | null;
}

export interface Watch {
  start(): void;
  status(): WatchStatus;
  /** Reads now: something changed that nobody has said in full. */
  readNow(): void;
  /** A lifecycle event of the subscription. */
  lifecycle(event: string): void;
  /** Calls when `status` changed in more than its stamps. */
  onChange(listener: () => void): () => void;
  stop(): Promise<void>;
}

export function createWatch(options: {
  source: Config['source'];
  graph: Graph;
  directory: Directory;
  /** Absent where there is no push: no public URL, another cloud, or `mode: poll`. */
  subscription?: Subscription | undefined;
  clock: Clock;
  onReading: (reading: Reading) => void;
  log: Log;
}): Watch {
  const { source, graph, directory, subscription, clock, log } = options;
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  let reading = new AbortController();
  let keeping = new AbortController();
  let pushing = false;
  let lastContact: number | null = null;
  /** null while reads succeed; undefined before the first. */
  let fault: string | null | undefined;
  let loops: Promise<unknown> = Promise.resolve();

  const tell = () => {
    for (const listener of listeners) listener();
  };

  function setPushing(now: boolean): void {
    if (pushing === now) return;
    pushing = now;
    log.info(
      now ? 'Presence comes by push from Microsoft Graph.' : 'Presence is polled from Microsoft Graph.',
    );
    if (!now) readNow();
    tell();
  }

  function readNow(): void {
    reading.abort();
  }

  async function readOnce(): Promise<void> {
    await directory.resolve();
    const asOf = clock.monotonic();
    const presences = await readPresences(graph, directory.objectIds());
    for (const [objectId, words] of presences) {
      for (const person of directory.personOf(objectId)) {
        options.onReading({ person, words, source: 'poll', asOf });
      }
    }
    lastContact = clock.now();
  }

  /** Resolves with the ms to wait until the next read, counted from the start of this one. */
  async function read(): Promise<number> {
    const pollMs = source.pollSeconds * 1000;
    const isFirst = lastContact === null;
    try {
      await readOnce();
      if (fault && !isFirst) log.info('Microsoft Graph answers again.');
      const isNews = fault !== null;
      fault = null;
      if (isNews) {
        tell();
        keeping.abort();
      }
      return pushing ? source.reconcileSeconds * 1000 : pollMs;
    } catch (error) {
      if (stopping.signal.aborted) return 0;
      const failure = failureOf(error);
      const signedOut = error instanceof SignInNeeded;
      const reason = signedOut ? reasonOf(error) : `${failure.status || ''} ${failure.message}`.trim();
      // The sign-in says itself what it needs.
      if (!fault && !signedOut) log.warn(`Presence cannot be read: ${reason}. Trying again.`);
      const isNews = !fault;
      fault = reason;
      if (isNews) tell();
      return Math.max(pollMs, Math.min(failure.retryAfter ?? 0, longestRetryAfterS) * 1000);
    }
  }

  async function readLoop(): Promise<void> {
    while (!stopping.signal.aborted) {
      reading = new AbortController();
      const started = clock.monotonic();
      const wait = await read();
      await sleep(clock, Math.max(0, started + wait - clock.monotonic()), reading.signal);
    }
  }

  /** Resolves with the ms until the subscription needs care again. */
  async function keep(live: Subscription, failures: number): Promise<{ wait: number; failures: number }> {
    try {
      const { renewAt } = await live.keep();
      setPushing(true);
      return { wait: renewAt - clock.monotonic(), failures: 0 };
    } catch (error) {
      if (stopping.signal.aborted) return { wait: 0, failures };
      const stillLive = (live.current()?.expiresAt ?? 0) > clock.now();
      const failure = failureOf(error);
      if (!(error instanceof SignInNeeded)) {
        log.warn(`The presence subscription failed: ${failure.status || ''} ${failure.message}`);
      }
      if (!stillLive) setPushing(false);
      const backOff = Math.min(handshakeRetryMs, firstRetryMs * 2 ** failures);
      const wait =
        failure.status === 400 ? handshakeRetryMs : Math.max(backOff, (failure.retryAfter ?? 0) * 1000);
      return { wait, failures: failures + 1 };
    }
  }

  async function keepLoop(live: Subscription): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      keeping = new AbortController();
      // Without a read there is no sign-in, or nobody to subscribe to; the first good read wakes this loop.
      const ready = fault === null && directory.objectIds().length > 0;
      const next = ready ? await keep(live, failures) : { wait: handshakeRetryMs, failures };
      failures = next.failures;
      await sleep(clock, Math.max(0, next.wait), keeping.signal);
    }
  }

  return {
    start() {
      loops = Promise.all([readLoop(), subscription ? keepLoop(subscription) : undefined]);
    },
    status() {
      const expiresAt = subscription?.current()?.expiresAt;
      return {
        source: fault === null ? (pushing ? 'push' : 'poll') : 'none',
        subscription: expiresAt === undefined ? null : { expiresAt: new Date(expiresAt).toISOString() },
        lastGraphContact: lastContact === null ? null : new Date(lastContact).toISOString(),
        fault: fault ?? null,
      };
    },
    readNow,
    lifecycle(event) {
      // One PATCH renews and reauthorizes; reauthorize beside it within 10 minutes can break the subscription.
      subscription?.renewNow();
      if (event !== 'reauthorizationRequired') readNow();
      keeping.abort();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopping.abort();
      reading.abort();
      keeping.abort();
      listeners.clear();
      await loops;
      await subscription?.remove();
    },
  };
}
