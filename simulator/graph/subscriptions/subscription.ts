import type { Caller } from '../api/caller.ts';
import type { EncryptionTarget } from './encryption.ts';

/** A presence subscription as the stand-in keeps it. */
export interface Subscription {
  id: string;
  applicationId: string;
  /** The signed-in user who made it. */
  creatorId: string;
  resource: string;
  /** The users it watches, in lower case. */
  users: ReadonlySet<string>;
  notificationUrl: string;
  lifecycleNotificationUrl: string | undefined;
  clientState: string | undefined;
  /** Where rich content is encrypted to; absent for basic notifications. */
  encryption: EncryptionTarget | undefined;
  notificationUrlAppId: string | undefined;
  latestSupportedTlsVersion: string;
  /** ms since 1970 */
  expiresAt: number;
  /** When the access token that was last shown for it expires, ms since 1970; delivery rests after that. */
  tokenExpiresAt: number;
  /** Listed and renewed as any other, but it never notifies (the fault of that name). */
  silent: boolean;
}

/** One presence subscription exists per application and signed-in user; this names that place. */
export function placeOf(caller: Pick<Caller, 'appId' | 'userId'>): string {
  return `${caller.appId} ${caller.userId}`;
}

/** The subscription resource on Graph's wire. */
export function wireSubscription(subscription: Subscription): Record<string, unknown> {
  return {
    id: subscription.id,
    resource: subscription.resource,
    applicationId: subscription.applicationId,
    changeType: 'updated',
    clientState: subscription.clientState ?? null,
    notificationUrl: subscription.notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl: subscription.lifecycleNotificationUrl ?? null,
    expirationDateTime: new Date(subscription.expiresAt).toISOString(),
    creatorId: subscription.creatorId,
    includeResourceData: subscription.encryption !== undefined,
    latestSupportedTlsVersion: subscription.latestSupportedTlsVersion,
    encryptionCertificate: null,
    encryptionCertificateId: subscription.encryption?.certificateId ?? null,
    notificationUrlAppId: subscription.notificationUrlAppId ?? null,
  };
}
