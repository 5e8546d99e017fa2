import { afterEach, describe, expect, it } from 'vitest';
import { createGraphWorld, type GraphWorld, type GraphWorldOptions } from './world.ts';

let world: GraphWorld;
afterEach(() => world.stop());

interface Subscription {
  id: string;
  clientState: string;
  encryptionCertificateId: string;
  creatorId: string;
  resource: string;
}

const subscriptions = async () => (await world.control('GET', '/subscriptions')) as Subscription[];
const count = (part: string) => world.requests.filter((line) => line.includes(part)).length;
const isPush = () => world.side.status().source === 'push';

async function pushing(options: GraphWorldOptions = {}): Promise<void> {
  world = await createGraphWorld({ push: true, ...options });
  await world.runUntil(() => isPush() && world.status('alice') === 'available', 20_000);
  // The read that follows a new subscription.
  await world.run(3_000);
}

/** Posts to the hooks as anybody could. */
function post(path: string, body: unknown) {
  return fetch(`${world.hooksUrl}/graph/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('a subscription', () => {
  it('brings a change within seconds, and is renewed at half its life by PATCH', async () => {
    await pushing();
    const reads = count('getPresencesByUserId');
    await world.setPresence('alice', 'InACall');
    await world.runUntil(() => world.status('alice') === 'call', 3_000, 100);
    expect(count('getPresencesByUserId')).toBe(reads);
    const [before] = await subscriptions();
    await world.run(3 * 3_600_000);
    const after = await subscriptions();
    expect(after.map(({ id }) => id)).toEqual([before!.id]);
    expect(count(`PATCH /v1.0/subscriptions/${before!.id}`)).toBeGreaterThanOrEqual(5);
    expect(count('reauthorize')).toBe(0);
    expect(isPush()).toBe(true);
  });

  it('is left in peace for as long as Graph asks, whatever comes in between', async () => {
    await pushing();
    const [{ id, clientState }] = (await subscriptions()) as [Subscription];
    const event = () =>
      post('lifecycle', {
        value: [{ subscriptionId: id, clientState, lifecycleEvent: 'reauthorizationRequired' }],
      });
    await world.fault({ fault: 'status', status: 429, retryAfter: 300, on: 'subscriptions', times: 1 });
    await event();
    await world.runUntil(() => count('PATCH') === 1, 2_000);
    await event();
    await world.run(298_000);
    expect(count('PATCH')).toBe(1);
    await world.runUntil(() => count('PATCH') === 2, 5_000);
    expect(isPush()).toBe(true);
  });

  it('that brings nothing, however often it is made anew, is made anew each ten minutes only', async () => {
    await pushing();
    await world.fault({ fault: 'lost' });
    for (let minute = 0; minute < 30; minute++) {
      await world.setPresence('alice', minute % 2 ? 'Available' : 'Busy');
      await world.run(60_000);
      expect(world.status('alice')).toBe(minute % 2 ? 'available' : 'busy');
    }
    const said = world.lines.filter((line) => line.includes('Push has lost'));
    expect(said.length).toBeGreaterThanOrEqual(2);
    expect(said.length).toBeLessThanOrEqual(4);
  });

  it.each([404, 409, 410, 500, 503, 429])(
    'outlives %i on its way, and one is alive in the end',
    async (status) => {
      await pushing();
      await world.fault({ fault: 'status', status, on: 'subscriptions', times: 3 });
      await world.run(75 * 60_000);
      expect(await subscriptions()).toHaveLength(1);
      expect(isPush()).toBe(true);
      await world.setPresence('alice', 'Busy');
      await world.runUntil(() => world.status('alice') === 'busy', 3_000, 100);
    },
  );

  it('of a crashed run in the way is deleted', async () => {
    await pushing();
    const [before] = await subscriptions();
    await world.crash();
    await world.runUntil(isPush, 20_000);
    const after = await subscriptions();
    expect(after).toHaveLength(1);
    expect(after[0]!.id).not.toBe(before!.id);
  });

  it('that vanished is made anew, and what changed meanwhile is read', async () => {
    await pushing();
    await world.fault({ fault: 'vanish' });
    await world.setPresence('alice', 'Busy');
    await world.runUntil(() => world.status('alice') === 'busy', 61_000);
    await world.run(35 * 60_000);
    expect(await subscriptions()).toHaveLength(1);
  });

  it('that fell silent is noticed by a read, said, and made anew', async () => {
    await pushing();
    const [before] = await subscriptions();
    await world.fault({ fault: 'silent' });
    await world.setPresence('alice', 'Busy');
    await world.runUntil(() => world.status('alice') === 'busy', 61_000);
    await world.runUntil(() => world.lines.some((line) => /Push has lost 1 change/.test(line)), 125_000);
    expect(world.side.status()).toMatchObject({ source: 'poll', why: 'push has lost changes' });
    await world.run(2_000);
    const after = await subscriptions();
    expect(after).toHaveLength(1);
    expect(after[0]!.id).not.toBe(before!.id);
    await world.setPresence('alice', 'Available');
    await world.runUntil(() => world.status('alice') === 'available' && isPush(), 3_000, 100);
  });

  it('is given up for polling while Graph cannot reach the hooks, and comes back by itself', async () => {
    await pushing();
    await world.fault({ fault: 'status', status: 503, on: 'subscriptions' });
    await world.runUntil(() => !isPush(), 65 * 60_000, 15_000);
    expect(world.side.status()).toMatchObject({ source: 'poll', why: expect.stringContaining('503') });
    await world.setPresence('alice', 'Busy');
    await world.runUntil(() => world.status('alice') === 'busy', 20_000);
    await world.mend();
    await world.runUntil(isPush, 10 * 60_000 + 5_000, 5_000);
  });
});

describe('notifications', () => {
  it.each(['1.0', '2.0'] as const)('with validation tokens %s, over a change of keys', async (version) => {
    await pushing({ standIn: { validationTokenVersion: version } });
    await world.setPresence('alice', 'Busy');
    await world.runUntil(() => world.status('alice') === 'busy', 3_000, 100);
    await world.run(11 * 60_000);
    await world.control('POST', '/keys/rotate');
    await world.setPresence('alice', 'InACall');
    await world.runUntil(() => world.status('alice') === 'call', 3_000, 100);
    expect(world.side.counters().refused).toBe(0);
  });

  it.each([
    { fault: 'repeated', times: 1 },
    { fault: 'late', delayMs: 20_000, times: 1 },
    { fault: 'reordered', times: 1 },
  ])('never overwrite what is newer: %j', async (fault) => {
    await pushing();
    const told: string[] = [];
    world.board.onChange(({ id, status }) => id === 'alice' && told.push(status));
    await world.fault(fault);
    await world.setPresence('alice', 'Busy');
    await world.run(500);
    await world.setPresence('alice', 'InACall');
    await world.runUntil(() => world.status('alice') === 'call', 3_000, 100);
    // Longer than it takes to find that push has lost something.
    await world.run(4 * 60_000);
    expect(told.slice(told.indexOf('call'))).toEqual(['call']);
    expect(world.lines.some((line) => line.includes('has lost'))).toBe(false);
  });

  it('without a sequence number are answered by a read, because nobody knows how late they are', async () => {
    await pushing({ standIn: { everyProperty: false } });
    await world.setPresence('alice', 'InACall');
    await world.runUntil(() => world.status('alice') === 'call', 3_000, 100);
    expect(world.side.counters()).toMatchObject({ taken: 0, unclear: 1 });
    await world.fault({ fault: 'late', delayMs: 20_000, times: 1 });
    await world.setPresence('alice', 'Busy');
    await world.runUntil(() => world.status('alice') === 'busy', 61_000);
    await world.setPresence('alice', 'Available');
    await world.runUntil(() => world.status('alice') === 'available', 61_000);
    await world.run(25_000);
    expect(world.status('alice')).toBe('available');
  });

  it('that are basic are answered by one bulk read, however many', async () => {
    await pushing();
    await world.run(5_000);
    const [{ id, clientState }] = (await subscriptions()) as [Subscription];
    const reads = count('getPresencesByUserId');
    const value = Array.from({ length: 650 }, () => ({
      subscriptionId: id,
      clientState,
      changeType: 'updated',
      resourceData: { id: 'a11ce000-1111-4a11-8a11-000000000001' },
    }));
    for (let again = 0; again < 3; again++) expect((await post('notifications', { value })).status).toBe(202);
    await world.run(3_000);
    expect(count('getPresencesByUserId') - reads).toBeLessThanOrEqual(2);
    expect(count('getPresencesByUserId') - reads).toBeGreaterThanOrEqual(1);
    expect(world.side.counters().unclear).toBe(1950);
  });

  it.each(['clientState', 'signature', 'validationToken', 'audience'])(
    'that are forged in their %s are refused, counted, and change nothing',
    async (part) => {
      await pushing();
      const told: string[] = [];
      world.board.onChange(({ status }) => told.push(status));
      await world.fault({ fault: 'forged', part, times: 1 });
      await world.setPresence('alice', 'Busy');
      await world.run(10_000);
      expect(told).toEqual(['busy']);
      expect(world.side.counters()).toMatchObject({ taken: 1, refused: 1 });
    },
  );

  it('of strangers do not wait: however many there are, they cause no read', async () => {
    await pushing();
    await world.run(3 * 60_000);
    const reads = count('getPresencesByUserId');
    const [{ id, clientState }] = (await subscriptions()) as [Subscription];
    const item = { subscriptionId: id, changeType: 'updated' };
    const encryptedContent = { data: '', dataSignature: '', dataKey: '', encryptionCertificateId: '' };
    // One of a kind that takes a look at Microsoft's keys, which do not come.
    await world.fault({ fault: 'hang' });
    const token = `${btoa('{"alg":"RS256","kid":"new"}')}.e30.e30`;
    await post('notifications', {
      value: [{ ...item, clientState, encryptedContent }],
      validationTokens: [token],
    });
    await Promise.all(
      Array.from({ length: 100 }, () =>
        post('notifications', { value: [{ ...item, clientState: 'guessed' }] }),
      ),
    );
    await world.run(1_000);
    expect(world.side.counters().refused).toBe(100);
    expect(count('getPresencesByUserId')).toBe(reads);
    await world.mend();
  });

  it('that are malformed or too large are refused and counted', async () => {
    await pushing();
    expect((await post('notifications', '{"value":')).status).toBe(400);
    expect((await post('notifications', '')).status).toBe(400);
    expect((await post('notifications', { value: [{ subscriptionId: 5 }] })).status).toBe(400);
    const many = Array.from({ length: 1_001 }, () => ({ subscriptionId: 'x' }));
    expect((await post('notifications', { value: many })).status).toBe(413);
    expect((await post('notifications', 'x'.repeat(4 * 1024 * 1024 + 1))).status).toBe(413);
    // Also a sender that still sends when it is refused hears why.
    expect((await post('notifications', 'x'.repeat(32 * 1024 * 1024))).status).toBe(413);
    expect(world.hookCounters).toMatchObject({ malformed: 3, tooLarge: 3 });
    expect(world.status('alice')).toBe('available');
  });
});

describe('lifecycle events', () => {
  it('of a revoked sign-in: said with its number, signed in again, and push goes on', async () => {
    await pushing();
    await world.fault({ fault: 'revoked', accessTokens: true });
    await world.runUntil(() => world.lines.some((line) => line.includes('AADSTS50173')), 70_000);
    await world.setPresence('alice', 'Busy');
    // The stand-in approves the new device code by itself.
    await world.runUntil(() => world.status('alice') === 'busy', 150_000);
    await world.runUntil(isPush, 60_000);
    expect(world.side.accounts.status()).toBe('ok');
    expect(await subscriptions()).toHaveLength(1);
  });

  it('are for the subscription that they name, and unknown ones only cause a read', async () => {
    await pushing();
    const [{ id, clientState }] = (await subscriptions()) as [Subscription];
    const event = (lifecycleEvent: string, subscriptionId = id) =>
      post('lifecycle', { value: [{ subscriptionId, clientState, lifecycleEvent }] });
    await event('reauthorizationRequired', 'another');
    await world.run(2_000);
    expect(count('PATCH')).toBe(0);
    await event('reauthorizationRequired');
    await world.runUntil(() => count(`PATCH /v1.0/subscriptions/${id}`) === 1, 2_000);
    await event('subscriptionRemoved');
    await world.runUntil(() => world.lines.some((line) => line.includes('in the way')), 5_000, 100);
    await world.run(2_000);
    expect(await subscriptions()).toHaveLength(1);
    expect(isPush()).toBe(true);
  });
});

describe('time', () => {
  it('that leaps ahead is noticed: what was confirmed before a sleep is unknown until it is read', async () => {
    await pushing();
    world.clock.jump(3_600_000);
    await world.run(10_000);
    expect(world.gaps).toEqual([3_600_000]);
    await world.runUntil(() => world.status('alice') === 'available' && isPush(), 20_000);
    expect(await subscriptions()).toHaveLength(1);
  });

  it('that a sleep took, however short, makes what was confirmed before it older', async () => {
    await pushing();
    await world.fault({ fault: 'reset', on: 'presence' });
    await world.run(15_000);
    expect(world.status('alice')).toBe('available');
    // Asleep for 100 s: the last read is over 115 s old, and may stand 5 s more, and 5 s till that is noticed.
    world.clock.jump(100_000);
    await world.run(10_000);
    expect(world.status('alice')).toBe('unknown');
    await world.mend();
    await world.runUntil(() => world.status('alice') === 'available', 20_000);
  });

  it('that is set back by a day changes nothing', async () => {
    await pushing();
    world.clock.jump(-86_400_000);
    await world.run(5 * 60_000);
    await world.setPresence('alice', 'Busy');
    await world.runUntil(() => world.status('alice') === 'busy', 61_000);
    expect(world.gaps).toEqual([]);
  });
});
