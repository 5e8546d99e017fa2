import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { userIds } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock, type FakeClock } from '../../fake-clock.ts';
import { createApp, presencesOf, subscriptionBody } from './app.ts';
import { createReceiver, type Receiver } from './receiver.ts';
import { createWorld, type World } from './world.ts';

const minute = 60_000;
let clock: FakeClock;
let world: World;
let receiver: Receiver;
let token: string;

beforeEach(async () => {
  clock = createFakeClock();
  world = await createWorld({ clock });
  receiver = await createReceiver();
  token = (await world.signIn('Presence.Read.All')).body.access_token;
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

function ahead(minutes: number): string {
  return new Date(clock.now() + minutes * minute).toISOString();
}

test('the answer to a create is 201 with the subscription', async () => {
  const { status, body } = await subscribe();
  expect(status).toBe(201);
  expect(body).toMatchObject({
    changeType: 'updated',
    creatorId: userIds.doorlight,
    expirationDateTime: ahead(59),
    latestSupportedTlsVersion: 'v1_2',
    includeResourceData: false,
  });
});

test('a subscription for one user by path is taken', async () => {
  expect((await subscribe({ resource: `communications/presences/${userIds.alice}` })).status).toBe(201);
});

test('users that do not exist make the create fail with an error that names them', async () => {
  const stranger = '99999999-9999-4999-8999-999999999999';
  const { status, body } = await subscribe({ resource: presencesOf([userIds.alice, stranger]) });
  expect(status).toBe(500);
  expect(body.error.message).toContain(stranger);
  expect(body.error.message).not.toContain(userIds.alice);
});

test('650 users go into one subscription, the same one twice counting once', async () => {
  const people = Array.from({ length: 650 }, (_, i) => ({
    userPrincipalName: `p${i}@contoso.com`,
    displayName: `Person ${i}`,
  }));
  const added = (await world.control('POST', '/users', people)).body as { id: string }[];
  const ids = added.map(({ id }) => id);
  expect((await subscribe({ resource: presencesOf([...ids, ids[0]!]) })).status).toBe(201);
});

test('an app and user have one presence subscription; the second create is 409 in Graph’s words', async () => {
  const first = await subscribe();
  const second = await subscribe({ resource: presencesOf([userIds.carol]) });
  expect(second.status).toBe(409);
  expect(second.body.error.message).toBe(
    'A subscripton already exists. It must be deleted before a another can be made',
  );
  expect((await world.graph('DELETE', `/subscriptions/${first.body.id}`, token)).status).toBe(204);
  expect((await subscribe()).status).toBe(201);
});

test('a create while another one shakes hands is 409 too', async () => {
  const { greet } = receiver;
  let release = (): void => {};
  const arrived = new Promise<void>((done) => {
    receiver.greet = (response, text) => {
      release = () => greet(response, text);
      done();
    };
  });
  const first = subscribe();
  await arrived;
  expect((await subscribe()).status).toBe(409);
  release();
  expect((await first).status).toBe(201);
});

test('another app, and another user, each have a place of their own', async () => {
  await subscribe();
  const bob = await world.signIn('Presence.Read.All', { user: 'bob@contoso.com' });
  expect((await subscribe({}, bob.body.access_token)).status).toBe(201);
  const other = await world.signIn('Presence.Read.All', { client: '22222222-2222-4222-8222-222222222222' });
  expect((await subscribe({}, other.body.access_token)).status).toBe(201);
  expect((await world.graph('GET', '/subscriptions', token)).body.value).toHaveLength(1);
});

test('an app alone may not subscribe to presence, and Presence.Read is not enough', async () => {
  expect((await subscribe({}, await world.appToken())).status).toBe(403);
  const weak = await world.signIn('Presence.Read', { user: 'bob@contoso.com' });
  const own = { resource: `communications/presences/${userIds.bob}` };
  expect((await subscribe(own, weak.body.access_token)).status).toBe(403);
});

test('less than 45 minutes is raised to 45, more than 60 is capped at 60', async () => {
  const short = await subscribe({ expirationDateTime: ahead(1) });
  expect(short.body.expirationDateTime).toBe(ahead(45));
  const patched = await world.graph('PATCH', `/subscriptions/${short.body.id}`, token, {
    expirationDateTime: ahead(600),
  });
  expect(patched.body.expirationDateTime).toBe(ahead(60));
});

test('the handshake keeps the query, is text/plain, and encodes the token with + and %3a', async () => {
  await subscribe({
    notificationUrl: `${receiver.url}/hook?key=1`,
    lifecycleNotificationUrl: `${receiver.url}/life`,
  });
  const [hook, life] = receiver.handshakes;
  expect(hook?.path).toBe('/hook');
  expect(hook?.query.get('key')).toBe('1');
  expect(hook?.contentType).toBe('text/plain; charset=utf-8');
  expect(hook?.rawQuery).toMatch(
    /^\?key=1&validationToken=Validation%3a\+Testing\+client\+application\+reachability\+for\+subscription\+Request-Id%3a\+[0-9a-f-]{36}$/,
  );
  expect(life?.path).toBe('/life');
});

test('the same URL for both gets two handshakes', async () => {
  await subscribe({ lifecycleNotificationUrl: `${receiver.url}/hook` });
  expect(receiver.handshakes).toHaveLength(2);
});

test.each<[string, Receiver['greet'], string]>([
  ['202', (response, text) => response.writeHead(202, { 'content-type': 'text/plain' }).end(text), '200 OK'],
  ['a redirect', (response) => response.writeHead(302, { location: '/' }).end(), '200 OK'],
  [
    'HTML',
    (response, text) => response.writeHead(200, { 'content-type': 'text/html' }).end(text),
    'text/plain',
  ],
  [
    'the token still encoded',
    (response, text) =>
      response.writeHead(200, { 'content-type': 'text/plain' }).end(encodeURIComponent(text)),
    'exactly match',
  ],
  ['a broken connection', (response) => response.destroy(), 'failed'],
])('a handshake answered with %s makes the create 400', async (_what, greet, message) => {
  receiver.greet = greet;
  const { status, body } = await subscribe();
  expect(status).toBe(400);
  expect(body.error.code).toBe('ValidationError');
  expect(body.error.message).toContain(message);
  receiver.greet = (response, text) => response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
  expect((await subscribe()).status).toBe(201);
});

test('a handshake that is not answered within 10 s makes the create 400', async () => {
  const arrived = new Promise<void>((done) => {
    receiver.greet = () => done();
  });
  const asked = subscribe();
  await arrived;
  await clock.advance(10_000);
  expect((await asked).body.error.message).toBe('Subscription validation request timed out.');
});

test('an https endpoint that the public does not trust fails, unless its authority is given', async () => {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' });
  const server = createTlsServer({ key: pems.private, cert: pems.cert }, (request, response) => {
    const text = new URL(request.url!, 'https://x').searchParams.get('validationToken');
    response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const notificationUrl = `https://localhost:${(server.address() as AddressInfo).port}/hook`;
  const refused = await subscribe({ notificationUrl });
  expect(refused.status).toBe(400);
  const trusting = await createWorld({ clock, webhookCa: pems.cert });
  const bearer = (await trusting.signIn('Presence.Read.All')).body.access_token;
  const body = subscriptionBody(notificationUrl, clock.now());
  expect((await trusting.graph('POST', '/subscriptions', bearer, body)).status).toBe(201);
  await trusting.close();
  server.close();
});

test('only expirationDateTime and notificationUrl can be changed', async () => {
  const { id } = (await subscribe()).body;
  const patch = (body: unknown) => world.graph('PATCH', `/subscriptions/${id}`, token, body);
  expect((await patch({ resource: presencesOf([userIds.carol]) })).status).toBe(400);
  expect((await patch({ encryptionCertificate: app.encryptionCertificate })).status).toBe(400);
  expect((await patch({})).status).toBe(400);
  expect((await patch({ notificationUrl: `${receiver.url}/other` })).body.notificationUrl).toBe(
    `${receiver.url}/other`,
  );
  expect(receiver.handshakes.at(-1)?.path).toBe('/other');
});

test('an expired subscription is gone: 404 to GET, PATCH, DELETE and reauthorize', async () => {
  const { id } = (await subscribe()).body;
  await clock.advance(59 * minute - 1);
  expect((await world.graph('GET', `/subscriptions/${id}`, token)).status).toBe(200);
  await clock.advance(1);
  const path = `/subscriptions/${id}`;
  expect((await world.graph('GET', path, token)).status).toBe(404);
  expect((await world.graph('PATCH', path, token, { expirationDateTime: ahead(59) })).status).toBe(404);
  expect((await world.graph('POST', `${path}/reauthorize`, token)).status).toBe(404);
  expect((await world.graph('DELETE', path, token)).status).toBe(404);
});

test('a renewed subscription lives on', async () => {
  const { id } = (await subscribe()).body;
  await clock.advance(40 * minute);
  await world.graph('PATCH', `/subscriptions/${id}`, token, { expirationDateTime: ahead(59) });
  await clock.advance(15 * minute);
  expect((await world.graph('GET', `/subscriptions/${id}`, token)).body.expirationDateTime).toBe(ahead(44));
});

test('somebody else’s subscription cannot be seen', async () => {
  const { id } = (await subscribe()).body;
  const bob = await world.signIn('Presence.Read.All', { user: 'bob@contoso.com' });
  expect((await world.graph('GET', `/subscriptions/${id}`, bob.body.access_token)).status).toBe(404);
});
