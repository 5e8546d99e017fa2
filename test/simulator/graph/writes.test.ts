import { afterAll, beforeAll, expect, test } from 'vitest';
import { userIds } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock } from '../../fake-clock.ts';
import { createWorld, type World } from './world.ts';

const clock = createFakeClock();
let world: World;
let alice: string;
beforeAll(async () => {
  world = await createWorld({ clock, accessTokenSeconds: 86_400 });
  const scope = 'Presence.Read.All Presence.ReadWrite';
  alice = (await world.signIn(scope, { user: 'alice@contoso.com' })).body.access_token;
});
afterAll(() => world.close());

const write = (what: string, body: unknown, id: string = userIds.alice, token = alice) =>
  world.graph('POST', `/users/${id}/presence/${what}`, token, body);
const read = async () => (await world.graph('GET', `/users/${userIds.alice}/presence`, alice)).body;
const busy = { availability: 'Busy', activity: 'Busy' };

test('a preferred presence lies over the sessions until it ends', async () => {
  expect((await write('setUserPreferredPresence', { ...busy, expirationDuration: 'PT10M' })).status).toBe(
    200,
  );
  expect(await read()).toMatchObject(busy);
  await world.control('PUT', '/users/alice/presence', { availability: 'Away' });
  expect(await read()).toMatchObject(busy);
  await clock.advance(600_000);
  expect(await read()).toMatchObject({ availability: 'Away', activity: 'Away' });
});

test('without a session it shows nothing, and it can be taken back', async () => {
  await world.control('PUT', '/users/alice/presence', { availability: 'Offline' });
  await write('setUserPreferredPresence', busy);
  expect(await read()).toMatchObject({ availability: 'Offline' });
  await world.control('PUT', '/users/alice/presence', { availability: 'Available' });
  expect(await read()).toMatchObject(busy);
  expect((await write('clearUserPreferredPresence', {})).status).toBe(200);
  expect(await read()).toMatchObject({ availability: 'Available' });
});

test('a status message ends when it says, and others do not see when', async () => {
  const end = new Date(clock.now() + 60_000).toISOString().replace('Z', '');
  const message = { content: 'Deep work', contentType: 'text' };
  const expiryDateTime = { dateTime: end, timeZone: 'UTC' };
  expect((await write('setStatusMessage', { statusMessage: { message, expiryDateTime } })).status).toBe(200);
  expect((await read()).statusMessage).toEqual({ message });
  await clock.advance(60_000);
  expect((await read()).statusMessage).toBeNull();
});

test('what is not allowed is refused', async () => {
  expect((await write('setUserPreferredPresence', busy, userIds.bob)).status).toBe(403);
  const reader = (await world.signIn('Presence.Read.All', { user: 'alice@contoso.com' })).body.access_token;
  expect((await write('setUserPreferredPresence', busy, userIds.alice, reader)).status).toBe(403);
  expect((await write('setUserPreferredPresence', busy, userIds.alice, await world.appToken())).status).toBe(
    403,
  );
  const call = { availability: 'Busy', activity: 'InACall' };
  expect((await write('setUserPreferredPresence', call)).status).toBe(400);
  expect(
    (await write('setUserPreferredPresence', { ...busy, expirationDuration: '10 minutes' })).status,
  ).toBe(400);
  expect((await write('setStatusMessage', { statusMessage: { message: { content: 'x' } } })).status).toBe(
    400,
  );
});
