import type { Clock } from '../../../protocol/clock.ts';
import type { Fault, Faults, Forgery } from '../faults.ts';
import type { Presence, PresenceBoard } from '../presence.ts';
import { forgedBody } from './forgery.ts';
import type { Outbox } from './outbox.ts';
import { changeItem, type NotificationItem } from './payload.ts';
import type { SubscriptionStore } from './store.ts';
import type { Subscription } from './subscription.ts';
import type { ValidationTokens } from './validation-token.ts';
import type { Webhook } from './webhook.ts';

export interface NotifierPart {
  clock: Clock;
  board: PresenceBoard;
  store: SubscriptionStore;
  outbox: Outbox;
  webhook: Webhook;
  tokens: ValidationTokens;
  faults: Faults;
  /** Whether rich content has out of office too, and a change of that alone notifies. */
  everyProperty: boolean;
  /** ms from a change to its POST */
  latencyMs: number;
}

/** What a late notification is late by, ms, unless the fault says otherwise. */
const usualDelayMs = 30_000;

/** How long an attacker waits for an answer, ms. */
const forgedMs = 10_000;

/** Turns changes of presence into notifications, with the faults on the way. The result stops it. */
export function startNotifier(part: NotifierPart): () => void {
  const { clock, board, store, outbox, webhook, tokens, faults, everyProperty } = part;
  const timers = new Set<() => void>();
  const heldBack = new Map<Subscription, NotificationItem[]>();

  function later(ms: number, run: () => void): void {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  }

  /** Each fault on the way of a notification; no entry for `lost`, which sends nothing. */
  const onTheWay: Partial<
    Record<
      string,
      (subscription: Subscription, item: NotificationItem, fault: Fault, presence: Presence) => void
    >
  > = {
    repeated(subscription, item) {
      outbox.push(subscription, item);
      later(part.latencyMs * 2, () => outbox.push(subscription, item));
    },
    late(subscription, item, fault) {
      later(fault.delayMs ?? usualDelayMs, () => outbox.push(subscription, item));
    },
    reordered(subscription, item) {
      const held = heldBack.get(subscription);
      if (held) pushBefore(subscription, item);
      else heldBack.set(subscription, [item]);
    },
    forged(subscription, item, fault, presence) {
      outbox.push(subscription, item);
      // After the true one, so that a receiver that falls for it is left with the lie.
      later(part.latencyMs * 2, () => void forge(subscription, fault.part!, presence));
    },
  };

  async function forge(subscription: Subscription, what: Forgery, presence: Presence): Promise<void> {
    const body = await forgedBody(what, subscription, presence, tokens);
    await webhook.post(subscription.notificationUrl, 'application/json; charset=utf-8', body, forgedMs);
  }

  /** Sends a notification, and after it those that were held back. */
  function pushBefore(subscription: Subscription, item: NotificationItem): void {
    outbox.push(subscription, item);
    for (const held of heldBack.get(subscription) ?? []) outbox.push(subscription, held);
    heldBack.delete(subscription);
  }

  const forget = board.onChange((presence, what) => {
    if (!what.words && !everyProperty) return;
    for (const subscription of store.list()) {
      if (subscription.silent || !subscription.users.has(presence.id)) continue;
      const item = changeItem(subscription, presence, everyProperty);
      const fault = faults.forNotification();
      if (fault) onTheWay[fault.fault]?.(subscription, item, fault, presence);
      else pushBefore(subscription, item);
    }
  });

  return () => {
    forget();
    for (const cancel of timers) cancel();
    heldBack.clear();
  };
}
