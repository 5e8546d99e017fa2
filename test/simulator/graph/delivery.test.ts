import { afterEach, beforeEach, expect, test } from 'vitest';
import { userIds } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock, type FakeClock } from '../../fake-clock.ts';
import { type Quiet, watchQuiet } from '../../quiet.ts';
import { subscriptionBody } from './app.ts';
import { createReceiver, type Receiver } from './receiver.ts';
import { eventually, runUntil } from './waiting.ts';
import { createWorld, type World } from './world.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
let quiet: Quiet;
let clock: FakeClock;
let world: World;
let receiver: Receiver;

async function begin(options: Parameters<typeof createWorld>[0] = {}): Promise<void> {
  world = await createWorld({ clock, accessTokenSeconds: 5400, ...options });
}
beforeEach(async () => {
  quiet = watchQuiet();
  clock = createFakeClock(undefined, quiet.settled);
  receiver = await createReceiver();
});
afterEach(async () => {
  await world.close();
  await receiver.close();
  quiet.stop();
});

async function freshToken(): Promise<string> {
  return (await world.signIn('Presence.Read.All')).body.access_token;
}

async function subscribe(more: Record<string, unknown> = {}): Promise<string> {
  const body = { ...subscriptionBody(`${receiver.url}/hook`, clock.now()), ...more };
  const answer = await world.graph('POST', '/subscriptions', await freshToken(), body);
  expect(answer.status).toBe(201);
  return answer.body.id;
}

function set(user: string, availability: string) {
  return world.control('PUT', `/users/${user}/presence`, { availability });
}

function renew(id: string, token: string) {
  const expirationDateTime = new Date(clock.now() + 59 * minute).toISOString();
  return world.graph('PATCH', `/subscriptions/${id}`, token, { expirationDateTime });
}

test('a notification that is refused comes again after 10 s, and then is done', async () => {
  await begin();
  await subscribe();
  receiver.answer = (response) => response.writeHead(503).end();
  await set('alice', 'Busy');
  await clock.advance(50);
  const first = await receiver.next();
  receiver.answer = (response) => response.writeHead(202).end();
  const again = await runUntil(clock, second, minute, receiver.next());
  expect(again.body.value).toEqual(first.body.value);
  await clock.advance(hour);
  expect(receiver.posts).toHaveLength(2);
});

test('a notification that is not acknowledged within 3 s comes again', async () => {
  await begin();
  await subscribe();
  receiver.answer = () => {};
  await set('alice', 'Busy');
  await clock.advance(50);
  await receiver.next();
  await clock.advance(3 * second + 9 * second);
  expect(receiver.posts).toHaveLength(1);
  await runUntil(clock, second, minute, receiver.next());
});

test('retries wait twice as long each time and end after 4 hours', async () => {
  await begin();
  await subscribe();
  const at: number[] = [];
  receiver.answer = (response) => {
    at.push(clock.monotonic());
    response.writeHead(500).end();
  };
  await set('alice', 'Busy');
  await clock.advance(50);
  await receiver.next();
  // 10 s x (1 + 2 + 4 + … + 512) is 2 h 50 min; the next wait would end after the fourth hour.
  for (let retry = 0; retry < 10; retry++) {
    await runUntil(clock, second * 2 ** retry, 2 * hour, receiver.next());
  }
  for (let retry = 2; retry <= 10; retry++) {
    expect((at[retry]! - at[retry - 1]!) / (at[retry - 1]! - at[retry - 2]!)).toBeCloseTo(2, 0);
  }
  await clock.advance(6 * hour);
  expect(receiver.posts).toHaveLength(11);
});

test('an endpoint that was slower than 3 s in over 10 % of a window gets notifications 10 minutes late', async () => {
  await begin();
  await subscribe();
  receiver.answer = (response) => void clock.after(4 * second, () => response.writeHead(202).end());
  await set('alice', 'Busy');
  await clock.advance(50);
  await receiver.next();
  await clock.advance(4 * second);
  receiver.answer = (response) => response.writeHead(202).end();
  await runUntil(clock, second, minute, receiver.next());
  await clock.advance(10 * minute);
  await set('alice', 'Away');
  await clock.advance(9 * minute);
  expect(receiver.posts).toHaveLength(2);
  await runUntil(clock, 10 * second, 2 * minute, receiver.next());
  await set('alice', 'Available');
  await clock.advance(50);
  await receiver.next();
});

test('an endpoint that was slower than 10 s in over 15 % of a window loses the notifications of the next', async () => {
  await begin();
  const id = await subscribe();
  receiver.answer = () => {};
  await set('alice', 'Busy');
  await clock.advance(50);
  await receiver.next();
  await clock.advance(10 * second);
  receiver.answer = (response) => response.writeHead(202).end();
  await runUntil(clock, second, minute, receiver.next());
  await clock.advance(10 * minute);
  await set('alice', 'Away');
  await clock.advance(10 * minute);
  await renew(id, await freshToken());
  await set('alice', 'DoNotDisturb');
  await clock.advance(50);
  await receiver.next();
  expect(receiver.posts).toHaveLength(3);
});

test('delivery rests while the access token is expired, and goes on after a renewal', async () => {
  await begin({ accessTokenSeconds: 600 });
  const id = await subscribe();
  await clock.advance(11 * minute);
  await set('alice', 'Busy');
  await clock.advance(minute);
  expect(receiver.posts).toHaveLength(0);
  await renew(id, await freshToken());
  await clock.advance(50);
  expect((await receiver.next()).body.value[0].resourceData.id).toBe(userIds.alice);
});

test('reauthorize is enough for delivery to go on', async () => {
  await begin({ accessTokenSeconds: 600 });
  const id = await subscribe();
  await clock.advance(11 * minute);
  await set('alice', 'Busy');
  await clock.advance(minute);
  const answer = await world.graph('POST', `/subscriptions/${id}/reauthorize`, await freshToken());
  expect(answer.status).toBe(204);
  await clock.advance(50);
  await receiver.next();
});

test('an expired subscription notifies nobody', async () => {
  await begin();
  await subscribe();
  await clock.advance(60 * minute);
  await set('alice', 'Busy');
  await clock.advance(minute);
  expect(receiver.posts).toHaveLength(0);
});

test('reauthorizationRequired comes 15 minutes before the subscription ends, and each 5 until it is renewed', async () => {
  await begin();
  const id = await subscribe({ lifecycleNotificationUrl: `${receiver.url}/life` });
  await clock.advance(43 * minute);
  expect(receiver.posts).toHaveLength(0);
  const first = await runUntil(clock, 10 * second, 2 * minute, receiver.next());
  expect(first.path).toBe('/life');
  expect(first.body.value).toEqual([
    {
      subscriptionId: id,
      subscriptionExpirationDateTime: '2026-11-23T09:59:00.0000000Z',
      tenantId: expect.any(String),
      clientState: 'a secret',
      lifecycleEvent: 'reauthorizationRequired',
    },
  ]);
  await runUntil(clock, 10 * second, 6 * minute, receiver.next());
  await renew(id, await freshToken());
  await clock.advance(20 * minute);
  expect(receiver.posts).toHaveLength(2);
});

test('reauthorizationRequired comes before the access token expires too', async () => {
  await begin({ accessTokenSeconds: 1200 });
  await subscribe({ lifecycleNotificationUrl: `${receiver.url}/life` });
  await runUntil(clock, 10 * second, 6 * minute, receiver.next());
});

test('after a stop and a start it is the same tenant: address, keys, tokens and subscription', async () => {
  await begin();
  const id = await subscribe();
  const token = await freshToken();
  await world.restart();
  expect((await world.graph('GET', `/subscriptions/${id}`, token)).status).toBe(200);
  await set('alice', 'Busy');
  await clock.advance(50);
  await receiver.next();
});

test('an endpoint that is down gets the notification when it is back', async () => {
  await begin();
  await subscribe();
  const port = Number(new URL(receiver.url).port);
  await receiver.close();
  await set('alice', 'Busy');
  await clock.advance(50);
  receiver = await createReceiver(port);
  await runUntil(clock, second, 5 * minute, receiver.next());
  await eventually(() => receiver.posts.length === 1);
});
