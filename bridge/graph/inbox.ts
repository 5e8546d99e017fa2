/** Notifications -> readings: checked, decrypted, in the order in which they came, off the request's path. */
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import { type Log, reasonOf } from '../log.ts';
import type { ReadWords } from '../presence/board.ts';
import type { EncryptionKeys } from './encryption-key.ts';
import { openEnvelope } from './envelope.ts';
import type { NotificationItem, NotificationSink } from './notification.ts';
import { wordsOf } from './poller.ts';
import type { ValidationTokens } from './validation-token.ts';

/** Requests not yet worked off: more than this, and a read tells sooner than they would. */
const mostWaiting = 64;
/** Decrypted at a time, before anything else may run: the threads of a Pi are four. */
const atATime = 16;
/** Signatures remembered, to know a repetition: more than one subscription sends in an hour of a busy office. */
const mostRemembered = 5_000;
/** The same refusal is logged once in this time; the counters have them all. */
const sayAgainMs = 60_000;

export interface InboxCounters {
  /** Read and handed on. */
  taken: number;
  /** Seen before: Graph sends at least once, an attacker as often as he likes. */
  repeated: number;
  refused: number;
  /** Answered by a read, because they did not say to what something changed, or when. */
  unclear: number;
}

export interface Inbox extends NotificationSink {
  counters(): InboxCounters;
  /** Resolves when all that was taken in is worked off. */
  idle(): Promise<void>;
}

export function createInbox(options: {
  clock: Clock;
  clientState: string;
  keys: Pick<EncryptionKeys, 'find'>;
  tokens: ValidationTokens;
  tenantId: () => string | undefined;
  onPresence: (objectId: string, words: ReadWords, asOf: number) => void;
  /** Something changed, and the notifications do not say what; no ids = it may be anybody. */
  onDoubt: (objectIds: string[]) => void;
  onLifecycle: (subscriptionId: string, event: string) => void;
  log: Log;
}): Inbox {
  const { clock, clientState, keys, tokens, log } = options;
  const counters: InboxCounters = { taken: 0, repeated: 0, refused: 0, unclear: 0 };
  const expected = Buffer.from(clientState);
  const seen = new Set<string>();
  const saidAt = new Map<string, number>();
  let waiting = 0;
  let work = Promise.resolve();

  function refuse(reason: string): void {
    counters.refused++;
    const now = clock.monotonic();
    if (now - (saidAt.get(reason) ?? Number.NEGATIVE_INFINITY) < sayAgainMs) return;
    saidAt.set(reason, now);
    log.warn(`A notification was refused: ${reason}.`);
  }

  function ours(item: NotificationItem): boolean {
    const given = Buffer.from(item.clientState ?? '');
    if (given.length === expected.length && timingSafeEqual(given, expected)) return true;
    refuse('its clientState is not ours');
    return false;
  }

  function isNew({ encryptedContent }: NotificationItem): boolean {
    const signature = encryptedContent!.dataSignature;
    if (seen.has(signature)) {
      counters.repeated++;
      return false;
    }
    seen.add(signature);
    if (seen.size > mostRemembered) for (const oldest of [...seen].slice(0, atATime)) seen.delete(oldest);
    return true;
  }

  async function workOff(
    items: NotificationItem[],
    validationTokens: readonly string[],
    asOf: number,
  ): Promise<void> {
    const unclear = items.filter((item) => !item.encryptedContent);
    if (unclear.length > 0) doubt(unclear.map((item) => (item.resourceData?.id ?? '').toLowerCase()));
    const rich = items.filter((item) => item.encryptedContent);
    if (rich.length === 0) return;
    const tenantId = options.tenantId();
    if (!tenantId) return refuse('nobody is signed in, so its sender cannot be checked');
    await tokens.check(validationTokens, tenantId);
    const fresh = rich.filter(isNew);
    for (let first = 0; first < fresh.length; first += atATime) {
      const opened = await Promise.all(fresh.slice(first, first + atATime).map(open));
      hand(
        opened.filter((each) => each !== undefined),
        asOf,
      );
      // Between two lots, whoever else waits for the event loop has a turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  function hand(opened: { id: string; words: ReadWords }[], asOf: number): void {
    const undated: string[] = [];
    for (const { id, words } of opened) {
      // Without a sequence number nobody knows whether it is late: Graph repeats for up to four hours.
      if (words.sequenceNumber === undefined) undated.push(id);
      else {
        counters.taken++;
        options.onPresence(id, words, asOf);
      }
    }
    if (undated.length > 0) doubt(undated);
  }

  function doubt(objectIds: string[]): void {
    counters.unclear += objectIds.length;
    options.onDoubt(objectIds);
  }

  async function open(item: NotificationItem): Promise<{ id: string; words: ReadWords } | undefined> {
    try {
      const presence = wordsOf(JSON.parse(await openEnvelope(item.encryptedContent!, keys)));
      if (!presence) throw new Error('it holds no presence');
      return presence;
    } catch (error) {
      refuse(reasonOf(error));
      return undefined;
    }
  }

  return {
    notifications(body) {
      // Before they wait: what strangers post must not fill the queue.
      const items = body.value.filter(ours);
      if (items.length === 0) return;
      if (waiting >= mostWaiting) {
        refuse('too many are waiting');
        return options.onDoubt([]);
      }
      waiting++;
      const asOf = clock.monotonic();
      work = work
        .then(() => workOff(items, body.validationTokens ?? [], asOf))
        .catch((error: unknown) => {
          refuse(reasonOf(error));
          // The sender knew the clientState, so something may have changed that is not known now.
          options.onDoubt([]);
        })
        .finally(() => waiting--);
    },
    lifecycle(body) {
      for (const item of body.value) {
        if (ours(item) && item.lifecycleEvent) options.onLifecycle(item.subscriptionId, item.lifecycleEvent);
      }
    },
    counters: () => ({ ...counters }),
    idle: () => work,
  };
}
