import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { groupId, userIds } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock } from '../../fake-clock.ts';
import { type Answer, createWorld, type World } from './world.ts';

const clock = createFakeClock();
let world: World;
let full: string;
let app: string;

async function tokenFor(scope: string, user = 'doorlight@contoso.com'): Promise<string> {
  return (await world.signIn(scope, { user })).body.access_token;
}

beforeAll(async () => {
  world = await createWorld({ clock, accessTokenSeconds: 3600 });
  full = await tokenFor('User.Read User.ReadBasic.All GroupMember.Read.All Presence.Read.All');
  app = await world.appToken();
});
afterAll(() => world.close());

const get = (path: string, token?: string) => world.graph('GET', path, token);
const bulk = (ids: unknown, token = full) =>
  world.graph('POST', '/communications/getPresencesByUserId', token, { ids });

function names({ body }: Answer): string[] {
  return body.value.map((user: { displayName: string }) => user.displayName);
}

test('without a token it is 401 with a challenge and Graph’s JSON', async () => {
  const { status, headers, body } = await get('/me');
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toMatch(/^Bearer /);
  expect(body.error).toMatchObject({
    code: 'InvalidAuthenticationToken',
    message: 'Access token is empty.',
    innerError: { date: '2026-11-23T09:00:00', 'request-id': headers.get('request-id') },
  });
});

test('a forged, a garbled and an expired token are 401', async () => {
  const [header, claims] = full.split('.');
  expect((await get('/me', `${header}.${claims}.AAAA`)).body.error.message).toBe(
    'Signature verification failed.',
  );
  expect((await get('/me', 'garbage')).status).toBe(401);
  const unsigned = new SignJWT({
    aud: '00000003-0000-0000-c000-000000000000',
    oid: userIds.alice,
    scp: 'User.Read',
  });
  const own = await unsigned.setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32));
  expect((await get('/me', own)).status).toBe(401);
  const short = await createWorld({ clock, accessTokenSeconds: 60 });
  const token = (await short.signIn('User.Read')).body.access_token;
  await clock.advance(61_000);
  expect((await short.graph('GET', '/me', token)).body.error.message).toContain('expired');
  await short.close();
});

test('an id token is no access token', async () => {
  const { id_token } = (await world.signIn('openid User.Read')).body;
  expect((await get('/me', id_token)).status).toBe(401);
});

test('GET /me is the signed-in user; an app alone has none', async () => {
  expect((await get('/me', await tokenFor('User.Read', 'bob@contoso.com'))).body.displayName).toBe(
    'Bob Meyer',
  );
  const { status, body } = await get('/me', app);
  expect([status, body.error.message]).toEqual([
    400,
    '/me request is only valid with delegated authentication flow.',
  ]);
});

test('users are found by object id and by principal name, in any case, else 404', async () => {
  for (const name of [userIds.alice, userIds.alice.toUpperCase(), 'Alice@Contoso.com']) {
    expect((await get(`/users/${name}`, full)).body.id).toBe(userIds.alice);
  }
  const missing = await get('/users/nobody@contoso.com', full);
  expect([missing.status, missing.body.error.code]).toEqual([404, 'Request_ResourceNotFound']);
});

test('User.Read is enough for oneself and not for others', async () => {
  const token = await tokenFor('User.Read', 'bob@contoso.com');
  expect((await get('/users/bob@contoso.com', token)).status).toBe(200);
  expect((await get('/users/alice@contoso.com', token)).status).toBe(403);
  expect((await get('/users', token)).status).toBe(403);
});

test('$filter takes startswith and eq, $search needs ConsistencyLevel: eventual', async () => {
  const filter = (text: string) => get(`/users?$filter=${encodeURIComponent(text)}`, full);
  expect(names(await filter("startswith(displayName,'car') or startswith(mail,'bob')"))).toEqual([
    'Bob Meyer',
    'Carol Diaz',
  ]);
  expect(names(await filter("userPrincipalName eq 'alice@contoso.com'"))).toEqual(['Alice Ng']);
  expect((await filter("displayName like 'x'")).status).toBe(400);
  const search = `/users?$search=${encodeURIComponent('"displayName:mey" OR "mail:alice"')}`;
  expect((await get(search, full)).status).toBe(400);
  const headers = { authorization: `Bearer ${full}`, consistencylevel: 'eventual' };
  const response = await world.fetch(`${world.graphUrl}/v1.0${search}`, { headers });
  const { value } = (await response.json()) as { value: { displayName: string }[] };
  expect(value.map((user) => user.displayName)).toEqual(['Alice Ng', 'Bob Meyer']);
});

test('$select keeps the named properties', async () => {
  const { body } = await get(`/users/${userIds.bob}?$select=id,displayName`, full);
  expect(Object.keys(body)).toEqual(['@odata.context', 'id', 'displayName']);
});

test('members of nested groups come once, in pages that nextLink leads through', async () => {
  const outer = await world.control('POST', '/groups', {
    displayName: 'House',
    members: [userIds.doorlight, groupId, userIds.alice],
  });
  const seen: string[] = [];
  let page = await get(`/groups/${outer.body.id}/transitiveMembers?$top=2&$select=id,displayName`, full);
  for (let pages = 1; ; pages++) {
    seen.push(...names(page));
    const next = page.body['@odata.nextLink'];
    if (!next) {
      expect(pages).toBe(3);
      break;
    }
    expect(page.body.value).toHaveLength(2);
    page = await get(next, full);
  }
  expect(seen).toEqual(['Doorlight Service', 'Floor 2', 'Alice Ng', 'Bob Meyer', 'Carol Diaz']);
  const people = await get(`/groups/${outer.body.id}/transitiveMembers/microsoft.graph.user`, full);
  expect(names(people)).not.toContain('Floor 2');
});

test('members need GroupMember.Read.All, their names a right to read users too', async () => {
  const path = `/groups/${groupId}/transitiveMembers`;
  expect((await get(path, await tokenFor('User.ReadBasic.All'))).status).toBe(403);
  const { body } = await get(path, await tokenFor('GroupMember.Read.All'));
  expect(body.value[0]).toMatchObject({
    '@odata.type': '#microsoft.graph.user',
    id: userIds.alice,
    displayName: null,
  });
  expect((await get('/groups/99999999-9999-4999-8999-999999999999/transitiveMembers', full)).status).toBe(
    404,
  );
});

test('a presence has the fields of the resource, in PascalCase and the old split', async () => {
  const { body } = await get(`/users/${userIds.bob}/presence`, full);
  expect(body).toEqual({
    '@odata.context': expect.stringContaining('/v1.0/$metadata#users'),
    id: userIds.bob,
    availability: 'Busy',
    activity: 'InAMeeting',
    outOfOfficeSettings: { message: null, isOutOfOffice: false },
    statusMessage: null,
    workLocation: null,
    sequenceNumber: expect.stringMatching(/^A\d{10}$/),
  });
});

test('sequenceNumber grows in lexicographic order with each change', async () => {
  const numbers: string[] = [];
  for (const availability of ['Busy', 'Away', 'Offline']) {
    await world.control('PUT', '/users/carol/presence', { availability });
    numbers.push((await get(`/communications/presences/${userIds.carol}`, full)).body.sequenceNumber);
  }
  expect(numbers).toEqual([...new Set(numbers)].sort());
});

test('one’s own presence needs Presence.Read, that of others Presence.Read.All', async () => {
  const token = await tokenFor('Presence.Read', 'bob@contoso.com');
  expect((await get('/me/presence', token)).body.id).toBe(userIds.bob);
  expect((await get(`/users/${userIds.bob}/presence`, token)).status).toBe(200);
  expect((await get(`/users/${userIds.alice}/presence`, token)).status).toBe(403);
  expect((await bulk([userIds.alice], token)).status).toBe(403);
  expect((await get('/me/presence', await tokenFor('User.Read'))).status).toBe(403);
});

test('an app alone reads presence with the role Presence.Read.All, and has no /me/presence', async () => {
  expect((await get(`/users/${userIds.alice}/presence`, app)).status).toBe(200);
  expect((await bulk([userIds.alice], app)).status).toBe(200);
  expect((await get('/me/presence', app)).status).toBe(400);
  const weak = await createWorld({ clock, appRoles: ['User.ReadBasic.All'] });
  const refused = await weak.graph('GET', `/users/${userIds.alice}/presence`, await weak.appToken());
  expect(refused.status).toBe(403);
  await weak.close();
});

test('the bulk read leaves out unknown ids and repeats nobody', async () => {
  const { status, body } = await bulk([userIds.alice, '99999999-9999-4999-8999-999999999999', userIds.alice]);
  expect(status).toBe(200);
  expect(body.value.map(({ id }: { id: string }) => id)).toEqual([userIds.alice]);
});

test('the bulk read takes 650 ids and refuses 651, none, and names', async () => {
  const ids = Array.from({ length: 650 }, () => userIds.alice);
  expect((await bulk(ids)).status).toBe(200);
  expect((await bulk([...ids, userIds.bob])).body.error.message).toContain('650');
  expect((await bulk([])).status).toBe(400);
  expect((await bulk(['alice@contoso.com'])).status).toBe(400);
  expect((await world.graph('POST', '/communications/getPresencesByUserId', full)).status).toBe(400);
});

test('a principal name in a presence path gives a user without presence, or PresenceUnknown', async () => {
  const user = await get('/users/alice@contoso.com/presence', full);
  expect(user.status).toBe(200);
  expect(user.body).toMatchObject({ displayName: 'Alice Ng' });
  expect(user.body).not.toHaveProperty('availability');
  const unknown = await get('/communications/presences/alice@contoso.com', full);
  expect(unknown.body).toMatchObject({ availability: 'PresenceUnknown', activity: 'PresenceUnknown' });
});

test('$select on presence is 400, and so is a path that Graph does not have', async () => {
  expect((await get(`/users/${userIds.alice}/presence?$select=availability`, full)).status).toBe(400);
  expect((await get('/moon', full)).body.error.message).toBe("Resource not found for the segment 'moon'.");
});

test('a body that is no JSON is 400 in Graph’s JSON', async () => {
  const headers = { authorization: `Bearer ${full}`, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: '{' };
  const response = await world.fetch(`${world.graphUrl}/v1.0/communications/getPresencesByUserId`, init);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining('Unable to read JSON') },
  });
});
