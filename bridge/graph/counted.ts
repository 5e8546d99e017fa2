/** How often a subscription was made, renewed and refused: for whoever watches the bridge. */
import type { Subscription } from './subscription.ts';

export interface SubscriptionCounters {
  created: number;
  renewed: number;
  failed: number;
}

/** The same subscription, whose care is counted. */
export function counted(subscription: Subscription, counters: SubscriptionCounters): Subscription {
  return {
    ...subscription,
    async keep() {
      const before = subscription.current();
      try {
        const live = await subscription.keep();
        if (live !== before) counters[live.id === before?.id ? 'renewed' : 'created']++;
        return live;
      } catch (error) {
        counters.failed++;
        throw error;
      }
    },
  };
}
