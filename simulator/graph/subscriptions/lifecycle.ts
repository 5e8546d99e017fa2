import { type Clock, every } from '../../../protocol/clock.ts';
import type { Delivery } from './delivery.ts';
import { lifecycleItem } from './payload.ts';
import type { SubscriptionStore } from './store.ts';
import type { Subscription } from './subscription.ts';

export interface Lifecycle {
  /** Tells the app at once, as after a revoked sign-in. */
  require(subscription: Subscription): void;
  /** The subscription was shown a fresh token: nothing is required of it until the next deadline. */
  settled(subscription: Subscription): void;
  start(): void;
  stop(): void;
}

/** How long before the deadline of subscription or token the first event goes out, and how often it is repeated, ms. */
export const warningMs = 15 * 60_000;
const repeatMs = 5 * 60_000;
const lookMs = 30_000;

/** Sends `reauthorizationRequired`, the one lifecycle event that exists for presence ("Lifecycle notifications"). */
export function createLifecycle(clock: Clock, store: SubscriptionStore, delivery: Delivery): Lifecycle {
  const toldAt = new Map<string, number>();
  let stop = (): void => {};

  function require(subscription: Subscription): void {
    toldAt.set(subscription.id, clock.monotonic());
    if (!subscription.lifecycleNotificationUrl) return;
    const body = JSON.stringify({ value: [lifecycleItem(subscription)] });
    delivery.send(subscription.lifecycleNotificationUrl, () => Promise.resolve(body));
  }

  function look(): void {
    const alive = store.list();
    for (const id of toldAt.keys()) if (!alive.some((each) => each.id === id)) toldAt.delete(id);
    for (const subscription of alive) {
      const deadline = Math.min(subscription.expiresAt, subscription.tokenExpiresAt);
      const told = toldAt.get(subscription.id);
      const due = told === undefined || clock.monotonic() - told >= repeatMs;
      if (deadline - clock.now() <= warningMs && due) require(subscription);
    }
  }

  return {
    require,
    settled: (subscription) => void toldAt.delete(subscription.id),
    start() {
      stop = every(clock, lookMs, look);
    },
    stop: () => stop(),
  };
}
