import { afterAll, beforeAll, expect, test } from 'vitest';
import { userIds } from '../../../simulator/graph/stand-in.ts';
import { createWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const set = (user: string, body: unknown) => world.control('PUT', `/users/${user}/presence`, body);

test('GET /users lists everybody with presence', async () => {
  const { body } = await world.control('GET', '/users');
  expect(body).toContainEqual({
    id: userIds.bob,
    userPrincipalName: 'bob@contoso.com',
    displayName: 'Bob Meyer',
    availability: 'Busy',
    activity: 'InAMeeting',
    outOfOffice: false,
    statusMessage: null,
  });
});

test.each(['alice', 'alice@contoso.com', userIds.alice])('presence is set by %s', async (name) => {
  const { status, body } = await set(name, { availability: 'Busy', activity: 'InACall', outOfOffice: true });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id: userIds.alice,
    availability: 'Busy',
    activity: 'InACall',
    outOfOffice: true,
  });
});

test.each([
  [{ availability: 'away' }, 'Away', 'Away'],
  [{ availability: 'inacall' }, 'Busy', 'InACall'],
  [{ availability: 'Presenting' }, 'DoNotDisturb', 'Presenting'],
  [{ availability: 'Offline', activity: 'offwork' }, 'Offline', 'OffWork'],
  [{ availability: 'Levitating', raw: true }, 'Levitating', 'Levitating'],
])('%j becomes %s / %s', async (body, availability, activity) => {
  expect((await set('carol', body)).body).toMatchObject({ availability, activity });
});

test.each<[unknown, string]>([
  [{}, '"availability" must be a word'],
  [{ availability: 'Bussy' }, '"Bussy" is no availability that Teams knows'],
  [{ availability: 'Busy', activity: 'Dancing' }, '"Dancing" is no activity'],
  [{ availability: 'Busy', outOfOffice: 'yes' }, '"outOfOffice" must be true or false'],
  [{ availability: 'Busy', colour: 'red' }, '"colour" is not known'],
])('PUT presence with %j is 400 in one sentence', async (body, message) => {
  const answer = await set('alice', body);
  expect(answer.status).toBe(400);
  expect(answer.body.error).toContain(message);
});

test('an unknown user, and an unknown path, are 404 in one sentence', async () => {
  const { status, body } = await set('nobody', { availability: 'Busy' });
  expect([status, body.error]).toEqual([404, 'There is no user "nobody"; GET /users lists them.']);
  expect((await world.control('GET', '/nothing')).body.error).toContain('/nothing');
});

test('thousands of users can be added at once, and a known one not again', async () => {
  const people = Array.from({ length: 3000 }, (_, i) => ({
    userPrincipalName: `p${i}@contoso.com`,
    displayName: `Person ${i}`,
  }));
  expect((await world.control('POST', '/users', people)).body).toHaveLength(3000);
  const again = await world.control('POST', '/users', people[7]);
  expect([again.status, again.body.error]).toEqual([400, expect.stringContaining('p7@contoso.com already')]);
  expect((await world.control('POST', '/users', { displayName: 'X' })).status).toBe(400);
});

test('a code that nobody waits for cannot be approved', async () => {
  expect((await world.control('POST', '/device/approve', { user_code: 'XXXX' })).status).toBe(404);
  expect((await world.control('POST', '/device/approve', {})).status).toBe(400);
});

test('a body that is not JSON is refused with the mend', async () => {
  const init = { method: 'PUT', body: new URLSearchParams({ availability: 'Busy' }) };
  const response = await world.fetch(`${world.controlUrl}/users/alice/presence`, init);
  expect([response.status, await response.json()]).toEqual([
    415,
    { error: 'Send JSON, with the header "content-type: application/json".' },
  ]);
});

test('a DELETE that says JSON and has no body is taken', async () => {
  const init = { method: 'DELETE', headers: { 'content-type': 'application/json' } };
  expect((await world.fetch(`${world.controlUrl}/faults`, init)).status).toBe(204);
});

test('the control API listens on loopback only', () => {
  expect(new URL(world.controlUrl).hostname).toBe('127.0.0.1');
});
