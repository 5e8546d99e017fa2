import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { userIds } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock } from '../../fake-clock.ts';
import { createApp, presencesOf, subscriptionBody } from './app.ts';
import { createReceiver, type Receiver } from './receiver.ts';
import { createWorld, type World } from './world.ts';

const clock = createFakeClock();
let world: World;
let receiver: Receiver;
let token: string;

beforeAll(async () => {
  world = await createWorld({ clock });
  receiver = await createReceiver();
  token = (await world.signIn('Presence.Read.All')).body.access_token;
});
afterEach(async () => {
  expect((await world.control('GET', '/subscriptions')).body).toEqual([]);
});
afterAll(async () => {
  await world.close();
  await receiver.close();
});

const app = await createApp();

function subscribe(more: Record<string, unknown>) {
  const body = { ...subscriptionBody(`${receiver.url}/hook`, clock.now()), ...more };
  return world.graph('POST', '/subscriptions', token, body);
}

test.each<[string, Record<string, unknown>, string]>([
  [
    'ids without quotes',
    { resource: `/communications/presences?$filter=id in (${userIds.alice})` },
    'Invalid filter clause',
  ],
  ['an empty list', { resource: '/communications/presences?$filter=id in ()' }, 'Invalid filter clause'],
  [
    'another filter',
    { resource: `/communications/presences?$filter=id eq '${userIds.alice}'` },
    'Invalid filter clause',
  ],
  ['another resource', { resource: '/me/messages' }, 'Resource not found'],
  [
    'more than 650 users',
    {
      resource: presencesOf(
        Array.from({ length: 651 }, (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`),
      ),
    },
    '650',
  ],
  ['changeType created', { changeType: 'created' }, 'changeType'],
  ['changeType updated,deleted', { changeType: 'updated,deleted' }, 'changeType'],
  ['no resource', { resource: undefined }, "'resource' is a required property"],
  ['no expirationDateTime', { expirationDateTime: undefined }, "'expirationDateTime' is a required"],
  ['an expirationDateTime without zone', { expirationDateTime: '2026-11-23T09:50:00' }, 'expirationDateTime'],
  ['an expirationDateTime in the past', { expirationDateTime: '2026-11-23T08:59:59Z' }, 'future'],
  [
    'more than an hour without lifecycleNotificationUrl',
    { expirationDateTime: '2026-11-23T10:00:01Z' },
    'lifecycleNotificationUrl',
  ],
  ['a clientState of 129 characters', { clientState: 'x'.repeat(129) }, 'clientState'],
  ['plain http off loopback', { notificationUrl: 'http://example.com/hook' }, 'https'],
  ['rich content without a certificate', { includeResourceData: true }, 'encryptionCertificate'],
  [
    'rich content without the certificate’s id',
    { ...app.rich, encryptionCertificateId: undefined },
    'encryptionCertificateId',
  ],
  [
    'a certificate id of 129 characters',
    { ...app.rich, encryptionCertificateId: 'x'.repeat(129) },
    'encryptionCertificateId',
  ],
  ['a certificate that is none', { ...app.rich, encryptionCertificate: 'aGVsbG8=' }, 'X.509'],
  ['an unknown property', { colour: 'red' }, 'colour'],
])('a create with %s is 400', async (_what, more, message) => {
  const { status, body } = await subscribe(more);
  expect(status).toBe(400);
  expect(body.error.message).toContain(message);
  expect(receiver.handshakes).toHaveLength(0);
});

test('an encryption key under 2048 bits, or not RSA, is 400', async () => {
  const small = await createApp(1024);
  expect((await subscribe(small.rich)).body.error.message).toContain('2048');
  const ec = await generate([], { keyType: 'ec', algorithm: 'sha256' });
  const encryptionCertificate = ec.cert.replaceAll(/-----[^-]+-----|\s/g, '');
  expect((await subscribe({ ...app.rich, encryptionCertificate })).body.error.message).toContain('RSA');
});
