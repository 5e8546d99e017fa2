import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientId, tenantId, userIds } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock, type FakeClock } from '../../fake-clock.ts';
import { createApp, presencesOf, subscriptionBody } from './app.ts';
import { createReceiver, type Receiver } from './receiver.ts';
import { createWorld, type World } from './world.ts';

let clock: FakeClock;
let world: World;
let receiver: Receiver;
let token: string;

beforeEach(async () => {
  clock = createFakeClock();
  world = await createWorld({ clock });
  receiver = await createReceiver();
  token = (await world.signIn('openid offline_access Presence.Read.All')).body.access_token;
});
afterEach(async () => {
  await world.close();
  await receiver.close();
});

const app = await createApp();

function subscribe(more: Record<string, unknown> = {}, bearer = token) {
  const body = { ...subscriptionBody(`${receiver.url}/hook`, clock.now()), ...more };
  return world.graph('POST', '/subscriptions', bearer, body);
}

function set(user: string, availability: string, more: object = {}) {
  return world.control('PUT', `/users/${user}/presence`, { availability, ...more });
}

test('a rich notification decrypts to the new presence', async () => {
  const created = await subscribe(app.rich);
  expect(created.status).toBe(201);
  await set('alice', 'Busy', { activity: 'InACall' });
  await clock.advance(50);
  const post = await receiver.next();
  expect(post.contentType).toMatch(/^application\/json/);
  const [item] = post.body.value;
  expect(item).toMatchObject({
    subscriptionId: created.body.id,
    clientState: 'a secret',
    changeType: 'updated',
    tenantId,
    resource: `communications/presences/${userIds.alice}`,
    subscriptionExpirationDateTime: '2026-11-23T09:59:00.0000000Z',
    resourceData: { '@odata.type': '#microsoft.graph.presence', id: userIds.alice },
    encryptedContent: { encryptionCertificateId: 'cert-1' },
  });
  expect(app.decrypt(item.encryptedContent)).toMatchObject({
    id: userIds.alice,
    availability: 'Busy',
    activity: 'InACall',
  });
});

test('validation tokens are signed by the published keys, for this app, by Graph Change Tracking', async () => {
  await subscribe(app.rich);
  await set('alice', 'Busy');
  await clock.advance(50);
  const { validationTokens } = (await receiver.next()).body;
  expect(validationTokens).toHaveLength(1);
  const keys = await (await world.fetch(`${world.graphUrl}/common/discovery/v2.0/keys`)).json();
  const { payload } = await jwtVerify(validationTokens[0], createLocalJWKSet(keys as JSONWebKeySet), {
    audience: clientId,
    issuer: `https://sts.windows.net/${tenantId}/`,
    currentDate: new Date(clock.now()),
  });
  expect(payload).toMatchObject({ ver: '1.0', appid: '0bf30f3b-4a52-48df-9a82-234910c4a086', tid: tenantId });
});

test('a basic notification says who changed and not to what', async () => {
  await subscribe();
  await set('bob', 'Away');
  await clock.advance(50);
  const { body } = await receiver.next();
  expect(body).not.toHaveProperty('validationTokens');
  expect(body.value[0].resourceData).toEqual({
    '@odata.id': `users/${userIds.bob}/presence`,
    '@odata.type': '#microsoft.graph.presence',
    id: userIds.bob,
  });
  expect(body.value[0]).not.toHaveProperty('encryptedContent');
});

test('changes that come together share a POST, and people who are not watched cause none', async () => {
  await subscribe({ resource: presencesOf([userIds.alice, userIds.bob]) });
  await set('carol', 'Busy');
  await set('alice', 'Busy');
  await set('bob', 'Away');
  await clock.advance(50);
  const ids = (await receiver.next()).body.value.map(
    (item: { resourceData: { id: string } }) => item.resourceData.id,
  );
  expect(ids).toEqual([userIds.alice, userIds.bob]);
});
