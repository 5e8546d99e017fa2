/** Notifications -> readings: checked, decrypted, in the order in which they came, off the request's path. */
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import { type Log, reasonOf } from '../log.ts';
import type { ReadWords } from '../presence/board.ts';
import type { EncryptionKey } from './encryption-key.ts';
import { openEnvelope } from './envelope.ts';
import type { NotificationBody, NotificationItem, NotificationSink } from './notification.ts';
import { wordsOf } from './poller.ts';
import type { ValidationTokens } from './validation-token.ts';

/** Requests not yet worked off: more than this, and the reconcile read tells sooner than they would. */
const mostWaiting = 64;

export interface Inbox extends NotificationSink {
  counters(): { taken: number; refused: number };
}

export function createInbox(options: {
  clock: Clock;
  clientState: string;
  key: EncryptionKey;
  tokens: ValidationTokens;
  tenantId: () => string | undefined;
  onPresence: (objectId: string, words: ReadWords, asOf: number) => void;
  /** Something changed, and the notification does not say what: it was basic, or too many were waiting. */
  onDoubt: () => void;
  onLifecycle: (event: string) => void;
  log: Log;
}): Inbox {
  const { clock, clientState, key, tokens, log } = options;
  const counters = { taken: 0, refused: 0 };
  let waiting = 0;
  let work = Promise.resolve();

  function refuse(reason: string): void {
    counters.refused++;
    log.warn(`A notification was refused: ${reason}.`);
  }

  function ours(item: NotificationItem): boolean {
    const given = Buffer.from(item.clientState ?? '');
    const expected = Buffer.from(clientState);
    if (given.length === expected.length && timingSafeEqual(given, expected)) return true;
    refuse('its clientState is not ours');
    return false;
  }

  async function workOff(body: NotificationBody, asOf: number): Promise<void> {
    const items = body.value.filter(ours);
    if (items.length === 0) return;
    if (items.some((item) => !item.encryptedContent)) options.onDoubt();
    const rich = items.filter((item) => item.encryptedContent);
    if (rich.length === 0) return;
    const tenantId = options.tenantId();
    if (!tenantId) return refuse('nobody is signed in, so its sender cannot be checked');
    await tokens.check(body.validationTokens ?? [], tenantId);
    const opened = await Promise.all(rich.map((item) => open(item)));
    for (const presence of opened) {
      if (!presence) continue;
      counters.taken++;
      options.onPresence(presence.id, presence.words, asOf);
    }
  }

  async function open(item: NotificationItem): Promise<{ id: string; words: ReadWords } | undefined> {
    try {
      const presence = wordsOf(JSON.parse(await openEnvelope(item.encryptedContent!, key)));
      if (!presence) throw new Error('it holds no presence');
      return presence;
    } catch (error) {
      refuse(reasonOf(error));
      return undefined;
    }
  }

  return {
    notifications(body) {
      if (waiting >= mostWaiting) {
        refuse('too many are waiting');
        return options.onDoubt();
      }
      waiting++;
      const asOf = clock.monotonic();
      work = work
        .then(() => workOff(body, asOf))
        .catch((error: unknown) => refuse(reasonOf(error)))
        .finally(() => waiting--);
    },
    lifecycle(body) {
      for (const item of body.value) {
        if (ours(item) && item.lifecycleEvent) options.onLifecycle(item.lifecycleEvent);
      }
    },
    counters: () => ({ ...counters }),
  };
}
