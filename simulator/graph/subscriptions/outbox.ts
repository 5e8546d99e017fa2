import type { Clock } from '../../../protocol/clock.ts';
import type { Delivery } from './delivery.ts';
import type { NotificationItem } from './payload.ts';
import type { Subscription } from './subscription.ts';
import type { ValidationTokens } from './validation-token.ts';

export interface Outbox {
  /** Sends an item soon, together with what else falls due for the same URL. */
  push(subscription: Subscription, item: NotificationItem): void;
  /** Sends what waited for a fresh access token of this subscription. */
  resume(subscription: Subscription): void;
  stop(): void;
}

interface Waiting {
  subscription: Subscription;
  item: NotificationItem;
  since: number;
}

/** Most items in one POST. */
const maxBatch = 500;

// "Receive change notifications through webhooks": refreshed within 4 hours, queued notifications are delivered.
const pausedForMs = 4 * 3_600_000;

/** Gathers change notifications by endpoint for `latencyMs` and sends each lot as one POST. */
export function createOutbox(
  clock: Clock,
  delivery: Delivery,
  tokens: ValidationTokens,
  latencyMs: number,
): Outbox {
  const open = new Map<string, { items: Waiting[]; cancel: () => void }>();
  const paused = new Map<Subscription, Waiting[]>();

  function enqueue(waiting: Waiting): void {
    const url = waiting.subscription.notificationUrl;
    const lot = open.get(url);
    if (lot) lot.items.push(waiting);
    else open.set(url, { items: [waiting], cancel: clock.after(latencyMs, () => flush(url)) });
  }

  function flush(url: string): void {
    const ready: Waiting[] = [];
    for (const waiting of open.get(url)?.items ?? []) {
      if (waiting.subscription.tokenExpiresAt > clock.now()) ready.push(waiting);
      else paused.set(waiting.subscription, [...(paused.get(waiting.subscription) ?? []), waiting]);
    }
    open.delete(url);
    for (let first = 0; first < ready.length; first += maxBatch)
      send(url, ready.slice(first, first + maxBatch));
  }

  function send(url: string, lot: Waiting[]): void {
    const value = lot.map(({ item }) => item);
    const rich = lot.filter(({ subscription }) => subscription.encryption);
    const audiences = new Set(
      rich.map(({ subscription }) => subscription.notificationUrlAppId ?? subscription.applicationId),
    );
    // The tokens are made for each attempt, as a retry may come hours later.
    delivery.send(url, async () => {
      const proof = audiences.size > 0 ? { validationTokens: await tokens.make(audiences) } : {};
      return JSON.stringify({ value, ...proof });
    });
  }

  return {
    push: (subscription, item) => enqueue({ subscription, item, since: clock.monotonic() }),
    resume(subscription) {
      const waiting = paused.get(subscription) ?? [];
      paused.delete(subscription);
      for (const each of waiting) if (clock.monotonic() - each.since <= pausedForMs) enqueue(each);
    },
    stop() {
      for (const lot of open.values()) lot.cancel();
      open.clear();
      paused.clear();
    },
  };
}
