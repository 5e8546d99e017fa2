import { randomUUID } from 'node:crypto';
import type { Forgery } from '../faults.ts';
import type { Presence } from '../presence.ts';
import { changeItem, type NotificationItem } from './payload.ts';
import type { Subscription } from './subscription.ts';
import type { ValidationTokens } from './validation-token.ts';

/**
 * The body of a POST that an attacker might send: it tells the opposite of the truth, and is wrong in one part.
 * Everything else about it is right, so that a receiver has to check just that part.
 */
export async function forgedBody(
  part: Forgery,
  subscription: Subscription,
  presence: Presence,
  tokens: ValidationTokens,
): Promise<string> {
  const word = presence.availability === 'Available' ? 'Busy' : 'Available';
  // Newer than anything true, or a receiver that only compares sequence numbers would pass for a careful one.
  const lie = { ...presence, availability: word, activity: word, sequenceNumber: 'A9999999999' };
  const item = changeItem(subscription, lie, true);
  if (part === 'clientState') item['clientState'] = `not-${randomUUID()}`;
  if (part === 'signature') spoilSignature(item);
  const audience = subscription.notificationUrlAppId ?? subscription.applicationId;
  const token =
    part === 'validationToken'
      ? [await tokens.forge(audience)]
      : await tokens.make([part === 'audience' ? randomUUID() : audience]);
  return JSON.stringify({ value: [item], ...(subscription.encryption ? { validationTokens: token } : {}) });
}

function spoilSignature(item: NotificationItem): void {
  const content = item['encryptedContent'] as { dataSignature: string } | undefined;
  if (!content) return;
  const bytes = Buffer.from(content.dataSignature, 'base64');
  bytes[0] = bytes[0]! ^ 0xff;
  content.dataSignature = bytes.toString('base64');
}
