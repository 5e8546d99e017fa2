import { afterEach, expect, it } from 'vitest';
import { groupId, userIds } from '../../simulator/graph/stand-in.ts';
import { createGraphWorld, type GraphWorld } from './world.ts';

let world: GraphWorld;
afterEach(() => world.stop());

const hourMs = 3_600_000;
const stepMs = 5_000;
const staleMs = 120_000;
const words = ['Available', 'Busy', 'InACall', 'Away', 'DoNotDisturb', 'BeRightBack', 'Offline'];
const statusOf: Record<string, string> = {
  Available: 'available',
  Busy: 'busy',
  InACall: 'call',
  Away: 'away',
  DoNotDisturb: 'dnd',
  BeRightBack: 'brb',
  Offline: 'offline',
};

/** Park and Miller's generator, so that a day that fails fails again. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Everything that may go wrong, for how long, in minutes; 0 = it happens once. */
const troubles: { fault: object; minutes: number }[] = [
  { fault: { fault: 'status', status: 503, on: 'presence' }, minutes: 4 },
  { fault: { fault: 'status', status: 429, retryAfter: 45, on: 'presence', times: 2 }, minutes: 0 },
  { fault: { fault: 'status', status: 401, on: 'presence', times: 3 }, minutes: 0 },
  { fault: { fault: 'status', status: 500, on: 'subscriptions' }, minutes: 10 },
  { fault: { fault: 'html' }, minutes: 3 },
  { fault: { fault: 'reset' }, minutes: 6 },
  { fault: { fault: 'status', status: 503, on: 'token' }, minutes: 20 },
  { fault: { fault: 'lost', times: 2 }, minutes: 0 },
  { fault: { fault: 'repeated', times: 3 }, minutes: 0 },
  { fault: { fault: 'late', delayMs: 90_000, times: 2 }, minutes: 0 },
  { fault: { fault: 'reordered', times: 2 }, minutes: 0 },
  { fault: { fault: 'forged', part: 'signature', times: 1 }, minutes: 0 },
  { fault: { fault: 'forged', part: 'clientState', times: 1 }, minutes: 0 },
  { fault: { fault: 'silent' }, minutes: 0 },
  { fault: { fault: 'vanish' }, minutes: 0 },
  { fault: { fault: 'revoked' }, minutes: 0 },
];

it('goes through 24 hours of faults without one stale status shown as fresh', async () => {
  const random = createRandom(20_261_123);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const people = `people: [{ id: alice, user: ${userIds.alice} }]`;
  world = await createGraphWorld({
    push: true,
    people,
    yaml: `groups: [{ id: floor2, group: ${groupId} }]`,
    keyLifeMs: 5 * hourMs,
    random,
  });
  const idOf: Record<string, string> = { alice: 'alice', bob: userIds.bob, carol: userIds.carol };
  /** Person -> what was true, and until when it was. */
  const truths = new Map<string, { status: string; until: number }[]>();
  const change = async (user: string, word: string) => {
    const known = truths.get(user) ?? [];
    const now = world.clock.monotonic();
    if (known.at(-1)?.status !== statusOf[word] && known.length > 0) known.at(-1)!.until = now;
    truths.set(user, [...known.slice(-40), { status: statusOf[word]!, until: Number.POSITIVE_INFINITY }]);
    await world.setPresence(user, word);
  };
  const lies: string[] = [];
  const look = () => {
    const now = world.clock.monotonic();
    for (const [user, known] of truths) {
      const shown = world.board.get(idOf[user]!);
      if (!shown?.fresh) continue;
      // A read may have begun one step before the change.
      const wasTrue = known.some(
        ({ status, until }) => status === shown.status && now - until <= staleMs + stepMs,
      );
      if (!wasTrue) lies.push(`${user} ${shown.status} at ${now}`);
    }
  };
  for (const user of Object.keys(idOf)) await change(user, 'Available');

  let live = 0;
  let steps = 0;
  let mendAt = Number.POSITIVE_INFINITY;
  let nextTrouble = 10 * 60_000;
  let members = [userIds.alice, userIds.bob, userIds.carol] as string[];
  for (let passed = 0; passed < 24 * hourMs; passed += stepMs, steps++) {
    await world.run(stepMs);
    look();
    if (world.side.status().source !== 'none') live++;
    if (random() < stepMs / 90_000) await change(pick(Object.keys(idOf)), pick(words));
    if (passed >= mendAt) {
      await world.mend();
      mendAt = Number.POSITIVE_INFINITY;
    }
    if (passed >= nextTrouble && mendAt === Number.POSITIVE_INFINITY) {
      const { fault, minutes } = pick(troubles);
      await world.fault(fault);
      if (minutes > 0) mendAt = passed + minutes * 60_000;
      nextTrouble = passed + 20 * 60_000 + random() * 20 * 60_000;
    }
    if (passed % (6 * hourMs) === 0) await world.control('POST', '/keys/rotate');
    if (passed % (3 * hourMs) === 0) {
      members = members.length === 3 ? members.slice(0, 2) : [userIds.alice, userIds.bob, userIds.carol];
      await world.control('POST', '/groups', { id: groupId, displayName: 'Floor 2', members });
    }
  }
  expect(lies).toEqual([]);
  const share = (100 * live) / steps;
  console.log(`A live source for ${share.toFixed(2)} % of 24 hours.`);
  expect(share).toBeGreaterThan(95);

  await world.mend();
  await world.run(3 * 60_000);
  await change('alice', 'DoNotDisturb');
  await world.runUntil(() => world.status('alice') === 'dnd', 61_000);
}, 480_000);
