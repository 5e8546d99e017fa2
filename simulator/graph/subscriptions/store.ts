import type { Clock } from '../../../protocol/clock.ts';
import { placeOf, type Subscription } from './subscription.ts';

export interface SubscriptionStore {
  /** Those that have not expired. */
  list(): Subscription[];
  get(id: string): Subscription | undefined;
  /** Takes the place of an app and user while a create call shakes hands; undefined if it is taken. */
  reserve(place: string): (() => void) | undefined;
  put(subscription: Subscription): void;
  remove(id: string): boolean;
}

/** The subscriptions. One that has expired is gone without a sign, as with Graph. */
export function createSubscriptionStore(clock: Clock): SubscriptionStore {
  const byId = new Map<string, Subscription>();
  const reserved = new Set<string>();

  function list(): Subscription[] {
    for (const [id, subscription] of byId) if (subscription.expiresAt <= clock.now()) byId.delete(id);
    return [...byId.values()];
  }

  return {
    list,
    get: (id) => list().find((subscription) => subscription.id === id.toLowerCase()),
    reserve(place) {
      const taken = list().some(
        (each) => placeOf({ appId: each.applicationId, userId: each.creatorId }) === place,
      );
      if (taken || reserved.has(place)) return undefined;
      reserved.add(place);
      return () => reserved.delete(place);
    },
    put: (subscription) => void byId.set(subscription.id, subscription),
    remove: (id) => byId.delete(id.toLowerCase()),
  };
}
