import type { Settings } from './options.ts';
import { createDelivery } from './subscriptions/delivery.ts';
import { createLifecycle } from './subscriptions/lifecycle.ts';
import { startNotifier } from './subscriptions/notifier.ts';
import { createOutbox } from './subscriptions/outbox.ts';
import type { Subscription } from './subscriptions/subscription.ts';
import { createValidationTokens } from './subscriptions/validation-token.ts';
import { createWebhook, type Webhook } from './subscriptions/webhook.ts';
import type { TenantState } from './tenant-state.ts';

export interface Push {
  webhook: Webhook;
  /** The subscription was shown a fresh access token. */
  reauthorized(subscription: Subscription): void;
  /** Asks the apps of this user to reauthorize, as after a revoked sign-in. */
  requireReauthorization(userId: string): void;
  stop(): Promise<void>;
}

/** Everything between a change of presence and an app's endpoint. */
export function startPush(settings: Settings, state: TenantState, origin: () => string): Push {
  const { clock, log, latencyMs, everyProperty } = settings;
  const { board, store, faults, keys } = state;
  const webhook = createWebhook(clock, settings.webhookCa);
  const delivery = createDelivery(clock, webhook, log);
  const tokens = createValidationTokens(keys, origin, settings.validationTokenVersion);
  const outbox = createOutbox(clock, delivery, tokens, latencyMs);
  const lifecycle = createLifecycle(clock, store, delivery);
  const part = { clock, board, store, outbox, webhook, tokens, faults, everyProperty, latencyMs };
  const stopNotifier = startNotifier(part);
  lifecycle.start();

  return {
    webhook,
    reauthorized(subscription) {
      lifecycle.settled(subscription);
      outbox.resume(subscription);
    },
    requireReauthorization(userId) {
      for (const each of store.list()) if (each.creatorId === userId) lifecycle.require(each);
    },
    async stop() {
      lifecycle.stop();
      stopNotifier();
      outbox.stop();
      delivery.stop();
      await webhook.close();
    },
  };
}
