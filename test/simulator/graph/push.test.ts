import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
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

test('a change of out of office alone notifies, with the settings and the sequence number in the content', async () => {
  await subscribe(app.rich);
  await set('alice', 'Available', { outOfOffice: true });
  await clock.advance(50);
  const content = app.decrypt((await receiver.next()).body.value[0].encryptedContent);
  const read = await world.graph('GET', `/users/${userIds.alice}/presence`, token);
  expect(content).toMatchObject({
    outOfOfficeSettings: { isOutOfOffice: true },
    sequenceNumber: read.body.sequenceNumber,
  });
});

test('with everyProperty off, content has the documented fields and out of office alone is silent', async () => {
  const strict = await createWorld({ clock, everyProperty: false });
  const bearer = (await strict.signIn('Presence.Read.All')).body.access_token;
  const body = { ...subscriptionBody(`${receiver.url}/hook`, clock.now()), ...app.rich };
  await strict.graph('POST', '/subscriptions', bearer, body);
  await strict.control('PUT', '/users/alice/presence', { availability: 'Available', outOfOffice: true });
  await clock.advance(50);
  await strict.control('PUT', '/users/alice/presence', { availability: 'Away' });
  await clock.advance(50);
  const content = app.decrypt((await receiver.next()).body.value[0].encryptedContent);
  expect(content).toEqual({
    '@odata.id': `users/${userIds.alice}/presence`,
    '@odata.type': '#microsoft.graph.presence',
    id: userIds.alice,
    availability: 'Away',
    activity: 'Away',
  });
  await strict.close();
});

test('setting the presence that is there already notifies nobody', async () => {
  await subscribe();
  await set('alice', 'Available');
  await set('bob', 'Away');
  await clock.advance(50);
  expect((await receiver.next()).body.value).toHaveLength(1);
});

test('validation tokens of version 2.0 have azp and the issuer of the OpenID metadata', async () => {
  const second = await createWorld({ clock, validationTokenVersion: '2.0' });
  const bearer = (await second.signIn('Presence.Read.All')).body.access_token;
  const notificationUrlAppId = '33333333-3333-4333-8333-333333333333';
  const body = {
    ...subscriptionBody(`${receiver.url}/hook`, clock.now()),
    ...app.rich,
    notificationUrlAppId,
  };
  await second.graph('POST', '/subscriptions', bearer, body);
  await second.control('PUT', '/users/bob/presence', { availability: 'Away' });
  await clock.advance(50);
  const claims = decodeJwt((await receiver.next()).body.validationTokens[0]);
  expect(claims).toMatchObject({
    ver: '2.0',
    azp: '0bf30f3b-4a52-48df-9a82-234910c4a086',
    iss: `${second.graphUrl}/${tenantId}/v2.0`,
    aud: notificationUrlAppId,
  });
  await second.close();
});

test('650 changes at once come in POSTs of at most 500 items', async () => {
  const people = Array.from({ length: 650 }, (_, i) => ({
    userPrincipalName: `p${i}@contoso.com`,
    displayName: `Person ${i}`,
  }));
  const added = (await world.control('POST', '/users', people)).body as { id: string }[];
  await subscribe({ ...app.rich, resource: presencesOf(added.map(({ id }) => id)) });
  for (const { id } of added) await set(id, 'Busy');
  await clock.advance(50);
  const sizes = [await receiver.next(), await receiver.next()].map(({ body }) => body.value.length);
  expect(sizes.sort()).toEqual([150, 500]);
});
