import dns from 'node:dns';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createGraphWorld, type GraphWorld } from './world.ts';

let world: GraphWorld | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await world?.stop();
  world = undefined;
});

const pollMs = 15_000;
const staleMs = 120_000;

const faults = [
  ...[401, 403, 404, 409, 410, 429, 500, 502, 503, 504].map((status) => ({ fault: 'status', status })),
  ...['empty', 'malformed', 'huge', 'null', 'list', 'wrong'].map((body) => ({ fault: 'body', body })),
  { fault: 'html' },
  { fault: 'html', status: 503 },
  { fault: 'hang' },
  { fault: 'reset' },
];

describe.each(['presence', 'all'])('a fault of Graph on %s', (on) => {
  it.each(faults)('ends in unknown and, mended, in the truth within one poll: %j', async (fault) => {
    world = await createGraphWorld();
    await world.runUntil(() => world!.status('alice') === 'available', 10_000);
    await world.fault({ ...fault, on });
    await world.setPresence('alice', 'Busy');
    await world.runUntil(() => world!.status('alice') === 'unknown', staleMs + pollMs);
    expect(world.side.status().source).toBe('none');
    expect(world.side.status().why).not.toBe('');
    await world.run(5 * 60_000);
    expect(world.status('alice')).toBe('unknown');
    await world.mend();
    await world.runUntil(() => world!.status('alice') === 'busy', pollMs + 5_000);
    expect(world.side.status().source).toBe('poll');
    expect(world.lines.filter((line) => /Presence cannot be read/.test(line))).toHaveLength(1);
    expect(world.lines.filter((line) => /answers again/.test(line))).toHaveLength(1);
  });
});

describe('throttling', () => {
  it('is honoured to the second, and the read comes right after', async () => {
    world = await createGraphWorld();
    await world.runUntil(() => world!.status('alice') === 'available', 10_000);
    await world.fault({ fault: 'status', status: 429, retryAfter: 70, on: 'presence', times: 1 });
    const reads = () => world!.requests.filter((line) => line.includes('getPresencesByUserId')).length;
    const before = reads();
    await world.runUntil(() => reads() === before + 1, pollMs);
    await world.setPresence('alice', 'Busy');
    world.side.sink.lifecycle({ value: [] });
    await world.run(69_000);
    expect(reads()).toBe(before + 1);
    await world.runUntil(() => world!.status('alice') === 'busy', 3_000);
  });
});

describe('an hour without DNS', () => {
  it('ends in unknown, and within one poll of its end in the truth', async () => {
    world = await createGraphWorld();
    await world.runUntil(() => world!.status('alice') === 'available', 10_000);
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
      name: string,
      _options: unknown,
      done: (error: Error) => void,
    ) => {
      const error = Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), { code: 'EAI_AGAIN' });
      process.nextTick(done, error);
    }) as never);
    // A connection that is there needs no name.
    await world.fault({ fault: 'reset', on: 'all' });
    await world.runUntil(() => world!.status('alice') === 'unknown', staleMs + pollMs);
    await world.mend();
    await world.setPresence('alice', 'Busy');
    const before = lookup.mock.calls.length;
    await world.run(60 * 60_000);
    expect(lookup.mock.calls.length - before).toBeGreaterThan(60);
    expect(world.status('alice')).toBe('unknown');
    expect(world.side.status()).toMatchObject({ source: 'none', why: expect.stringContaining('EAI_AGAIN') });
    lookup.mockRestore();
    await world.runUntil(() => world!.status('alice') === 'busy', pollMs + 5_000);
    expect(world.lines.filter((line) => /Presence cannot be read/.test(line))).toHaveLength(1);
  }, 480_000);
});

describe('the identity platform', () => {
  it.each([
    { fault: 'status', status: 503, on: 'token' },
    { fault: 'status', status: 429, retryAfter: 30, on: 'token' },
    { fault: 'html', on: 'token' },
    { fault: 'hang', on: 'token' },
    { fault: 'reset', on: 'token' },
  ])('may be away while a token is good, and nobody notices: %j', async (fault) => {
    world = await createGraphWorld({ standIn: { accessTokenSeconds: 3_600 } });
    await world.runUntil(() => world!.status('alice') === 'available', 10_000);
    await world.fault(fault);
    await world.run(50 * 60_000);
    expect(world.status('alice')).toBe('available');
    await world.run(15 * 60_000);
    expect(world.status('alice')).toBe('unknown');
    expect(world.side.accounts.status()).toBe('ok');
    await world.mend();
    await world.runUntil(() => world!.status('alice') === 'available', 30_000 + pollMs + 5_000);
  });
});
