import { badRequest } from '../graph-error.ts';
import { isGuid } from '../tenant.ts';
import { type EncryptionTarget, readEncryptionCertificate } from './encryption.ts';

/** What `POST /subscriptions` asks for, once it is known to be well-formed. */
export interface SubscriptionRequest {
  resource: string;
  notificationUrl: string;
  lifecycleNotificationUrl: string | undefined;
  clientState: string | undefined;
  encryption: EncryptionTarget | undefined;
  notificationUrlAppId: string | undefined;
  latestSupportedTlsVersion: string;
  /** ms since 1970, after raising and capping */
  expiresAt: number;
}

const minute = 60_000;

/** Shortest and longest life of a presence subscription, ms ("subscription resource type", table of lifetimes). */
export const shortestLife = 45 * minute;
export const longestLife = 60 * minute;

type Body = Readonly<Record<string, unknown>>;

/** Reads the body of a create call; throws 400 with Graph's words for the first fault. */
export function readSubscriptionRequest(body: unknown, now: number): SubscriptionRequest {
  if (typeof body !== 'object' || body === null) throw badRequest('Empty Payload. JSON content expected.');
  const given = body as Body;
  for (const name of ['changeType', 'notificationUrl', 'resource', 'expirationDateTime']) {
    if (given[name] === undefined || given[name] === '')
      throw badRequest(`'${name}' is a required property.`);
  }
  const unknown = Object.keys(given).find(
    (name) => !properties.includes(name) && !name.startsWith('@odata.'),
  );
  if (unknown) {
    throw badRequest(`The property '${unknown}' does not exist on type 'microsoft.graph.subscription'.`);
  }
  if (given['changeType'] !== 'updated') {
    throw badRequest("Invalid 'changeType' attribute: presence supports 'updated' only.");
  }
  const lifecycleNotificationUrl = text(given, 'lifecycleNotificationUrl', 2048);
  if (lifecycleNotificationUrl !== undefined) checkUrl('lifecycleNotificationUrl', lifecycleNotificationUrl);
  const asked = readExpiration(given['expirationDateTime'], now);
  if (asked > now + longestLife && lifecycleNotificationUrl === undefined) {
    throw badRequest(
      'lifecycleNotificationUrl is a required property for subscription creation on this resource when the ' +
        'expirationDateTime value is set to greater than 1 hour.',
    );
  }
  const notificationUrlAppId = text(given, 'notificationUrlAppId', 36);
  if (notificationUrlAppId !== undefined && !isGuid(notificationUrlAppId)) {
    throw badRequest("'notificationUrlAppId' must be a GUID.");
  }
  return {
    resource: text(given, 'resource', 100_000)!,
    notificationUrl: checkUrl('notificationUrl', text(given, 'notificationUrl', 2048)!),
    lifecycleNotificationUrl,
    clientState: text(given, 'clientState', 128),
    encryption: readEncryption(given),
    notificationUrlAppId,
    latestSupportedTlsVersion: text(given, 'latestSupportedTlsVersion', 10) ?? 'v1_2',
    expiresAt: clampExpiration(asked, now),
  };
}

const properties = [
  'changeType',
  'notificationUrl',
  'lifecycleNotificationUrl',
  'resource',
  'expirationDateTime',
  'clientState',
  'latestSupportedTlsVersion',
  'includeResourceData',
  'encryptionCertificate',
  'encryptionCertificateId',
  'notificationUrlAppId',
];

/** Reads an `expirationDateTime`: ISO 8601 with a zone, in the future. */
export function readExpiration(value: unknown, now: number): number {
  const at =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(value)
      ? Date.parse(value)
      : Number.NaN;
  if (Number.isNaN(at)) throw badRequest("'expirationDateTime' is not a valid DateTimeOffset.");
  if (at <= now) throw badRequest('Subscription expiration must be in the future.');
  return at;
}

/** Less than 45 minutes is raised to 45, more than 60 capped at 60, without a word. */
export function clampExpiration(asked: number, now: number): number {
  return Math.min(Math.max(asked, now + shortestLife), now + longestLife);
}

/** https anywhere; plain http, which Graph never takes, on loopback only, for tests and the demo. */
export function checkUrl(name: string, url: string): string {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  const loopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && loopback)) return url;
  throw badRequest(`The '${name}' must be an absolute https URL.`);
}

function readEncryption(given: Body): EncryptionTarget | undefined {
  const rich = given['includeResourceData'] ?? false;
  if (typeof rich !== 'boolean') throw badRequest("'includeResourceData' must be true or false.");
  if (!rich) return undefined;
  const certificate = text(given, 'encryptionCertificate', 16_384);
  const certificateId = text(given, 'encryptionCertificateId', 128);
  if (!certificate || !certificateId) {
    const why = 'must be set when includeResourceData is true.';
    throw badRequest(`The properties 'encryptionCertificate' and 'encryptionCertificateId' ${why}`);
  }
  return readEncryptionCertificate(certificate, certificateId);
}

function text(given: Body, name: string, longest: number): string | undefined {
  const value = given[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw badRequest(`'${name}' must be a string.`);
  if (value.length > longest) throw badRequest(`'${name}' is longer than ${longest} characters.`);
  return value;
}
