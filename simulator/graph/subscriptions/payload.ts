import type { Presence } from '../presence.ts';
import { tenantId } from '../tenant.ts';
import { encryptContent } from './encryption.ts';
import type { Subscription } from './subscription.ts';

export type NotificationItem = Record<string, unknown>;

/** One change notification ("Get change notifications for presence updates": payloads). */
export function changeItem(
  subscription: Subscription,
  presence: Presence,
  everyProperty: boolean,
): NotificationItem {
  const { id, availability, activity } = presence;
  const entity = {
    '@odata.id': `users/${id}/presence`,
    '@odata.type': '#microsoft.graph.presence',
    id,
  };
  const item: NotificationItem = {
    ...stampOf(subscription),
    changeType: 'updated',
    resource: `communications/presences/${id}`,
    // Since mid 2024 a basic notification tells who changed, and no longer to what.
    resourceData: entity,
    organizationId: tenantId,
  };
  if (!subscription.encryption) return item;
  const { outOfOfficeSettings, sequenceNumber } = presence;
  const more = everyProperty ? { outOfOfficeSettings, sequenceNumber } : {};
  const content = { ...entity, availability, activity, ...more };
  return { ...item, encryptedContent: encryptContent(content, subscription.encryption) };
}

/** One lifecycle notification ("Lifecycle notifications"): neither changeType nor resource. */
export function lifecycleItem(subscription: Subscription): NotificationItem {
  return { ...stampOf(subscription), lifecycleEvent: 'reauthorizationRequired' };
}

function stampOf(subscription: Subscription): NotificationItem {
  return {
    subscriptionId: subscription.id,
    clientState: subscription.clientState ?? null,
    tenantId,
    // Seven digits, as .NET writes them.
    subscriptionExpirationDateTime: new Date(subscription.expiresAt).toISOString().replace('Z', '0000Z'),
  };
}
