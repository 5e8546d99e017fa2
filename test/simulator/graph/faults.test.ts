import { afterEach, beforeEach, expect, test } from 'vitest';
import { groupId, userIds } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock, type FakeClock } from '../../fake-clock.ts';
import { createApp, subscriptionBody } from './app.ts';
import { createReceiver, type Post, type Receiver } from './receiver.ts';
import { createWorld, type World } from './world.ts';

let clock: FakeClock;
let world: World;
let receiver: Receiver;
let token: string;
let refresh: string;

beforeEach(async () => {
  clock = createFakeClock();
  world = await createWorld({ clock });
  receiver = await createReceiver();
  const signedIn = await world.signIn('offline_access User.Read User.ReadBasic.All Presence.Read.All');
  token = signedIn.body.access_token;
  refresh = signedIn.body.refresh_token;
});
afterEach(async () => {
  await world.close();
  await receiver.close();
});

const app = await createApp();

const me = () => world.graph('GET', '/me', token);
const alice = () => world.graph('GET', `/users/${userIds.alice}/presence`, token);

async function order(fault: object): Promise<void> {
  expect((await world.control('POST', '/faults', fault)).status).toBe(201);
}

async function subscribe(): Promise<string> {
  const body = { ...subscriptionBody(`${receiver.url}/hook`, clock.now()), ...app.rich };
  const withLife = { ...body, lifecycleNotificationUrl: `${receiver.url}/life` };
  return (await world.graph('POST', '/subscriptions', token, withLife)).body.id;
}

function set(user: string, availability: string) {
  return world.control('PUT', `/users/${user}/presence`, { availability });
}

async function change(user: string, availability: string): Promise<void> {
  await set(user, availability);
  await clock.advance(50);
}

function words(post: Post): unknown[] {
  return post.body.value.map((item: { encryptedContent: Parameters<typeof app.decrypt>[0] }) => {
    return app.decrypt(item.encryptedContent)['availability'];
  });
}

test.each([401, 403, 404, 409, 429, 500, 502, 503, 504])(
  'status %i is answered in Graph’s JSON',
  async (status) => {
    await order({ fault: 'status', status, retryAfter: 5, on: 'presence', times: 1 });
    const hit = await alice();
    expect(hit.status).toBe(status);
    expect(hit.headers.get('retry-after')).toBe('5');
    expect(hit.body.error).toMatchObject({ code: expect.any(String), innerError: expect.any(Object) });
    expect((await alice()).status).toBe(200);
  },
);

test('a fault hits the area it is on, as often as it says, and no other', async () => {
  await order({ fault: 'status', status: 503, on: 'me', times: 2 });
  expect((await alice()).status).toBe(200);
  expect([await me(), await me(), await me()].map(({ status }) => status)).toEqual([503, 503, 200]);
});

test.each([
  ['token', 'POST', '/contoso/oauth2/v2.0/token'],
  ['me', 'GET', '/v1.0/me'],
  ['users', 'GET', '/v1.0/users/alice@contoso.com'],
  ['groups', 'GET', `/v1.0/groups/${groupId}/transitiveMembers`],
  ['presence', 'GET', '/v1.0/me/presence'],
  ['subscriptions', 'GET', '/v1.0/subscriptions'],
  ['all', 'GET', '/common/discovery/v2.0/keys'],
])('on %s covers %s %s', async (on, method, path) => {
  await order({ fault: 'status', status: 504, on });
  expect((await world.fetch(world.graphUrl + path, { method })).status).toBe(504);
});

test('a status on the token endpoint is an OAuth error', async () => {
  await order({ fault: 'status', status: 503, on: 'token' });
  const { status, body } = await world.token({ grant_type: 'refresh_token' });
  expect(status).toBe(503);
  expect(body).toMatchObject({ error: 'temporarily_unavailable', error_codes: [90033] });
});

test('html is a page of a gateway', async () => {
  await order({ fault: 'html', on: 'me' });
  const { status, headers, body } = await me();
  expect(status).toBe(502);
  expect(headers.get('content-type')).toContain('text/html');
  expect(body).toContain('<h1>');
});

test('hang never answers, and breaks the connection when the faults are cleared', async () => {
  await order({ fault: 'hang', on: 'me', times: 1 });
  const hanging = me();
  const broken = expect(hanging).rejects.toThrow();
  expect((await alice()).status).toBe(200);
  await world.control('DELETE', '/faults');
  await broken;
  expect((await me()).status).toBe(200);
});

test('reset resets the connection', async () => {
  await order({ fault: 'reset', on: 'me', times: 1 });
  await expect(me()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect((await me()).status).toBe(200);
});

test('faults are listed with their hits, and gone after a clear', async () => {
  await order({ fault: 'status', status: 500, on: 'me' });
  await me();
  const list = (await world.control('GET', '/faults')).body;
  expect(list).toEqual([{ id: 1, fault: 'status', status: 500, on: 'me', hits: 1 }]);
  expect((await world.control('DELETE', '/faults')).status).toBe(204);
  expect((await world.control('GET', '/faults')).body).toEqual([]);
  expect((await me()).status).toBe(200);
});

test.each<[unknown, string]>([
  [[], 'JSON object'],
  [{}, '"fault" must be one of status'],
  [{ fault: 'toString' }, '"fault" must be one of'],
  [{ fault: 'status' }, 'needs "status"'],
  [{ fault: 'status', status: 418 }, '"status" must be one of 401'],
  [{ fault: 'hang', status: 500 }, 'does not take "status"'],
  [{ fault: 'vanish', times: 1 }, 'it takes nothing else'],
  [{ fault: 'reset', on: 'moon' }, '"on" must be one of token'],
  [{ fault: 'reset', times: 0 }, '"times" must be a whole number'],
  [{ fault: 'forged', part: 'all' }, '"part" must be one of clientState'],
])('the fault %j is refused in one sentence', async (fault, message) => {
  const { status, body } = await world.control('POST', '/faults', fault);
  expect(status).toBe(400);
  expect(body.error).toContain(message);
});

test('lost: a notification is never sent, the next one is', async () => {
  await subscribe();
  await order({ fault: 'lost', times: 1 });
  await change('alice', 'Busy');
  await change('alice', 'Away');
  expect(words(await receiver.next())).toEqual(['Away']);
});

test('silent: the subscription is listed and renewed as before, but only a new one notifies', async () => {
  const path = `/subscriptions/${await subscribe()}`;
  await order({ fault: 'silent' });
  await change('alice', 'Busy');
  expect((await world.graph('GET', path, token)).status).toBe(200);
  const expirationDateTime = new Date(clock.now() + 3_600_000).toISOString();
  expect((await world.graph('PATCH', path, token, { expirationDateTime })).status).toBe(200);
  await world.graph('DELETE', path, token);
  await subscribe();
  await change('alice', 'Away');
  expect(words(await receiver.next())).toEqual(['Away']);
  expect(receiver.posts).toHaveLength(1);
});

test('repeated: a notification comes twice', async () => {
  await subscribe();
  await order({ fault: 'repeated', times: 1 });
  await change('alice', 'Busy');
  expect(words(await receiver.next())).toEqual(['Busy']);
  await clock.advance(150);
  expect(words(await receiver.next())).toEqual(['Busy']);
});

test('late: a notification comes late, with what was true when it was made', async () => {
  await subscribe();
  await order({ fault: 'late', delayMs: 5000, times: 1 });
  await change('alice', 'Busy');
  await change('alice', 'Away');
  expect(words(await receiver.next())).toEqual(['Away']);
  await clock.advance(5000);
  expect(words(await receiver.next())).toEqual(['Busy']);
});

test('reordered: a notification comes after the next one', async () => {
  await subscribe();
  await order({ fault: 'reordered', times: 1 });
  await change('alice', 'Busy');
  await change('alice', 'Away');
  expect(words(await receiver.next())).toEqual(['Away', 'Busy']);
});

async function forged(part: string): Promise<[Post, Post]> {
  await subscribe();
  await order({ fault: 'forged', part, times: 1 });
  await change('alice', 'Busy');
  const first = await receiver.next();
  await clock.advance(100);
  return [first, await receiver.next()];
}

test('forged clientState: after the truth comes its opposite, with another clientState', async () => {
  const [first, second] = await forged('clientState');
  expect([words(first), words(second)]).toEqual([['Busy'], ['Available']]);
  expect(first.body.value[0].clientState).toBe('a secret');
  expect(second.body.value[0].clientState).not.toBe('a secret');
  const sequence = (post: Post) => String(app.decrypt(post.body.value[0].encryptedContent)['sequenceNumber']);
  expect(sequence(second) > sequence(first)).toBe(true);
});

test('forged signature: the content’s HMAC is wrong', async () => {
  const [first, second] = await forged('signature');
  expect(words(first)).toEqual(['Busy']);
  expect(() => words(second)).toThrow('signature');
  expect(second.body.value[0].clientState).toBe('a secret');
});

/** What the published keys say of a token, with the audience if it is good. */
async function audienceOf(jwt: string): Promise<string> {
  const { createLocalJWKSet, jwtVerify } = await import('jose');
  const keys = await (await world.fetch(`${world.graphUrl}/common/discovery/v2.0/keys`)).json();
  const verified = await jwtVerify(jwt, createLocalJWKSet(keys as never), {
    currentDate: new Date(clock.now()),
  });
  return String(verified.payload.aud);
}

test('a forged notification that is refused is not tried again', async () => {
  receiver.answer = (response, post) => {
    response.writeHead(post.body.value[0].clientState === 'a secret' ? 202 : 401).end();
  };
  await forged('clientState');
  await clock.advance(1_200_000);
  expect(receiver.posts).toHaveLength(2);
});

test('forged validationToken: no published key has signed it', async () => {
  const [first, second] = await forged('validationToken');
  expect(await audienceOf(first.body.validationTokens[0])).toBe('11111111-2222-3333-4444-555555555555');
  await expect(audienceOf(second.body.validationTokens[0])).rejects.toThrow('signature');
});

test('forged audience: the token is Microsoft’s, for another app', async () => {
  const [, second] = await forged('audience');
  expect(await audienceOf(second.body.validationTokens[0])).not.toBe('11111111-2222-3333-4444-555555555555');
});

test('vanish: subscriptions are gone, and nothing says so', async () => {
  const id = await subscribe();
  await order({ fault: 'vanish' });
  await change('alice', 'Busy');
  expect((await world.graph('GET', `/subscriptions/${id}`, token)).status).toBe(404);
  expect(receiver.posts).toHaveLength(0);
});

test('revoked: refresh ends with AADSTS50173, the access token lives on, the app is asked to reauthorize', async () => {
  await subscribe();
  await order({ fault: 'revoked' });
  const form = { grant_type: 'refresh_token', client_id: '11111111-2222-3333-4444-555555555555' };
  const answer = await world.token({ ...form, refresh_token: refresh });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ error: 'invalid_grant', error_codes: [50173] });
  expect((await me()).status).toBe(200);
  const { path, body } = await receiver.next();
  expect([path, body.value[0].lifecycleEvent]).toEqual(['/life', 'reauthorizationRequired']);
});

test('revoked with accessTokens: those are 401 too, until the user signs in again', async () => {
  await order({ fault: 'revoked', user: 'doorlight', accessTokens: true });
  expect((await me()).status).toBe(401);
  await clock.advance(1000);
  token = (await world.signIn('User.Read')).body.access_token;
  expect((await me()).status).toBe(200);
});
