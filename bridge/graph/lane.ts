/**
 * The people of one account: read by poll or by push, and the switch between them. One loop reads: at the pace of
 * polling, or, while a subscription lives, each `reconcileSeconds`, because Graph never says when presence
 * notifications were lost. Another loop keeps the subscription. Neither ever gives up.
 */
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { Config } from '../config/schema.ts';
import { type Log, reasonOf } from '../log.ts';
import type { ReadWords } from '../presence/board.ts';
import { toStatus } from '../presence/presence.ts';
import { failureOf, type Graph, wordsFor } from './client.ts';
import { createLostPush } from './lost-push.ts';
import { paceOf } from './pace.ts';
import { readPresences } from './poller.ts';
import { IdentityBusy } from './sign-in/network.ts';
import { SignInNeeded } from './sign-in/refusal.ts';
import type { Subscription } from './subscription.ts';

/** After a refused handshake, push is tried again so often. */
const handshakeRetryMs = 10 * 60_000;
/** After any other failure: sooner, and doubling up to the same. */
const firstRetryMs = 5_000;
/** However many notifications only say that something changed, one read in this time answers them. */
const gatherMs = 1_000;

export interface LaneStatus {
  /** `none` while reads fail. */
  source: 'push' | 'poll' | 'none';
  /** Why it is not push, or why there is nothing; empty on push. */
  why: string;
  /** Wall clock, ms. */
  expiresAt: number | null;
  lastContact: number | null;
}

export interface Lane {
  start(): void;
  status(): LaneStatus;
  /** Reads soon: something changed that nobody has said in full. */
  readNow(): void;
  /** Other people are in this lane from now on. */
  peopleChanged(): void;
  /** A notification of this lane came; without words it only said who changed. */
  pushed(objectId: string, words?: ReadWords): void;
  /** A lifecycle event, if the subscription is this lane's. */
  lifecycle(subscriptionId: string, event: string): void;
  /** Time made a leap: nothing that was timed can be trusted. */
  leapt(): void;
  stop(): Promise<void>;
}

export function createLane(options: {
  source: Config['source'];
  /** The client to read with: another account's while this one's sign-in is not good. */
  reader: () => Graph;
  objectIds: () => string[];
  /** Those of them whom a subscription may name. */
  watched: () => string[];
  /** Absent where there is no push, and then `whyNoPush` says why. */
  subscription?: Subscription | undefined;
  whyNoPush: string;
  clock: Clock;
  onReading: (objectId: string, words: ReadWords, asOf: number) => void;
  /** All were asked for; these were answered. */
  onAnswered: (asked: readonly string[], answered: ReadonlyMap<string, ReadWords>) => void;
  onChange: () => void;
  log: Log;
}): Lane {
  const { source, objectIds, watched, subscription, clock, log, onChange } = options;
  const stopping = new AbortController();
  const lost = createLostPush(clock);
  const pollMs = source.pollSeconds * 1000;
  let reading = new AbortController();
  let keeping = new AbortController();
  let pushing = false;
  /** Push has lost something: it is believed again when it brings something. */
  let distrusted = false;
  let why = options.whyNoPush;
  let lastContact: number | null = null;
  let lastChange = clock.monotonic();
  let anybodyThere = true;
  /** null while reads succeed; undefined before the first. */
  let fault: string | null | undefined;
  /** Monotonic ms before which Graph wants no read, and no word about the subscription. */
  let notBefore = Number.NEGATIVE_INFINITY;
  let keepNotBefore = Number.NEGATIVE_INFINITY;
  /** Monotonic ms before which a subscription that brings nothing is not made anew once more. */
  let replaceNotBefore = Number.NEGATIVE_INFINITY;
  let texts = new Map<string, string>();
  let loops: Promise<unknown> = Promise.resolve();

  const byPush = () => pushing && !distrusted;

  function setPush(now: { pushing: boolean; distrusted?: boolean; why?: string }): void {
    const before = byPush();
    pushing = now.pushing;
    distrusted = now.distrusted ?? distrusted;
    if (now.why !== undefined) why = now.why;
    if (before === byPush()) return;
    log.info(
      byPush()
        ? 'Presence comes by push from Microsoft Graph.'
        : `Presence is polled from Microsoft Graph: ${why}.`,
    );
    if (!byPush()) readNow();
    onChange();
  }

  function readNow(): void {
    reading.abort();
  }

  async function readOnce(ids: readonly string[]): Promise<void> {
    const asOf = clock.monotonic();
    const presences = await readPresences(options.reader(), ids);
    const now = new Map<string, string>();
    for (const [objectId, words] of presences) {
      lost.read(objectId, words, pushing);
      const text = JSON.stringify(words);
      now.set(objectId, text);
      if (texts.get(objectId) !== text) lastChange = clock.monotonic();
      options.onReading(objectId, words, asOf);
    }
    texts = now;
    anybodyThere = [...presences.values()].some((words) => isThere(words));
    lastContact = clock.now();
    const before = watched().length;
    options.onAnswered(ids, presences);
    // Somebody is back whom the subscription left out.
    if (watched().length > before) keeping.abort();
  }

  function checkPush(): void {
    const missed = lost.takeLost();
    if (missed === 0 || !subscription) return;
    const now = clock.monotonic();
    // One that was made anew and brings nothing either gets time: each costs Graph a delete, a create and a handshake.
    lost.forget();
    if (distrusted && now < replaceNotBefore) return;
    replaceNotBefore = now + handshakeRetryMs;
    log.warn(`Push has lost ${missed} changes: the subscription is made anew.`);
    subscription.replaceNow();
    setPush({ pushing, distrusted: true, why: 'push has lost changes' });
    keeping.abort();
  }

  /** Resolves with the monotonic time of the next read. */
  async function read(): Promise<number> {
    const started = clock.monotonic();
    const ids = objectIds();
    if (ids.length === 0) return started + pollMs;
    const isFirst = lastContact === null;
    try {
      await readOnce(ids);
      if (fault && !isFirst) log.info('Microsoft Graph answers again.');
      const isNews = fault !== null;
      fault = null;
      if (isNews) {
        onChange();
        keeping.abort();
      }
      checkPush();
      if (byPush()) return started + source.reconcileSeconds * 1000;
      const sinceChangeMs = clock.monotonic() - lastChange;
      const staleAfterMs = source.staleAfterSeconds * 1000;
      return started + paceOf({ pollMs, staleAfterMs, sinceChangeMs, anybodyThere });
    } catch (error) {
      if (!stopping.signal.aborted) failed(error);
      return Math.max(started + pollMs, notBefore);
    }
  }

  function failed(error: unknown): void {
    const failure = failureOf(error);
    const silent = error instanceof SignInNeeded;
    const reason = silent ? reasonOf(error) : wordsFor(failure);
    // The sign-in says itself what it needs.
    if (!fault && !silent) log.warn(`Presence cannot be read: ${reason}. Trying again.`);
    const retryAfter = error instanceof IdentityBusy ? error.retryAfter : failure.retryAfter;
    // Counted from the answer, to the second.
    if (retryAfter) notBefore = clock.monotonic() + retryAfter * 1000;
    const isNews = fault !== reason;
    fault = reason;
    if (isNews) onChange();
  }

  async function readLoop(): Promise<void> {
    while (!stopping.signal.aborted) {
      reading = new AbortController();
      const started = clock.monotonic();
      const next = await read();
      await sleep(clock, Math.max(0, next - clock.monotonic()), reading.signal);
      const soonest = Math.max(started + gatherMs, notBefore);
      await sleep(clock, Math.max(0, soonest - clock.monotonic()), stopping.signal);
    }
  }

  /** Resolves with the ms until the subscription needs care again. */
  async function keep(live: Subscription, failures: number): Promise<{ wait: number; failures: number }> {
    try {
      const before = live.current()?.id;
      const { id, renewAt } = await live.keep();
      if (id !== before) {
        // What changed while there was none, a read must tell.
        lost.forget();
        readNow();
      }
      setPush({ pushing: true });
      return { wait: renewAt - clock.monotonic(), failures: 0 };
    } catch (error) {
      if (stopping.signal.aborted) return { wait: 0, failures };
      const failure = failureOf(error);
      const reason = error instanceof SignInNeeded ? reasonOf(error) : wordsFor(failure);
      if (why !== reason && !(error instanceof SignInNeeded)) {
        log.warn(`The presence subscription failed: ${reason}`);
      }
      why = reason;
      if (!live.current()) setPush({ pushing: false });
      const backOff = Math.min(handshakeRetryMs, firstRetryMs * 2 ** failures);
      if (failure.retryAfter) keepNotBefore = clock.monotonic() + failure.retryAfter * 1000;
      return { wait: failure.status === 400 ? handshakeRetryMs : backOff, failures: failures + 1 };
    }
  }

  async function keepLoop(live: Subscription): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      keeping = new AbortController();
      if (watched().length === 0) await live.remove();
      // Without a read there is no sign-in, or nobody to subscribe to; the first good read wakes this loop.
      const ready = fault === null && watched().length > 0;
      const next = ready ? await keep(live, failures) : { wait: handshakeRetryMs, failures };
      failures = next.failures;
      await sleep(clock, Math.max(0, next.wait), keeping.signal);
      await sleep(clock, Math.max(0, keepNotBefore - clock.monotonic()), stopping.signal);
    }
  }

  return {
    start() {
      loops = Promise.all([readLoop(), subscription ? keepLoop(subscription) : undefined]);
    },
    status() {
      return {
        source: fault === null ? (byPush() ? 'push' : 'poll') : 'none',
        why: fault ?? (byPush() ? '' : why),
        expiresAt: subscription?.current()?.expiresAt ?? null,
        lastContact,
      };
    },
    readNow,
    peopleChanged() {
      readNow();
      keeping.abort();
    },
    pushed(objectId, words) {
      lost.pushed(objectId, words);
      lastChange = clock.monotonic();
      if (distrusted) setPush({ pushing, distrusted: false });
    },
    lifecycle(subscriptionId, event) {
      if (!subscription || subscription.current()?.id !== subscriptionId) return;
      // One PATCH renews and reauthorizes; reauthorize beside it within 10 minutes can break the subscription.
      if (event === 'subscriptionRemoved') subscription.gone();
      else subscription.renewNow();
      if (event !== 'reauthorizationRequired') readNow();
      keeping.abort();
    },
    leapt() {
      subscription?.renewNow();
      readNow();
      keeping.abort();
    },
    async stop() {
      stopping.abort();
      reading.abort();
      keeping.abort();
      await loops;
      await subscription?.remove();
    },
  };
}

function isThere(words: ReadWords): boolean {
  const status = toStatus({ ...words, outOfOffice: words.outOfOffice ?? false });
  return !['offline', 'away', 'ooo', 'unknown'].includes(status);
}
