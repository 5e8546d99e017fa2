import { afterEach, beforeEach, expect, test } from 'vitest';
import { userIds } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock, type FakeClock } from '../../fake-clock.ts';
import { createWorld, type World } from './world.ts';

let clock: FakeClock;
let world: World;
beforeEach(async () => {
  clock = createFakeClock();
  world = await createWorld({ clock, day: true, random: () => 0.5 });
});
afterEach(() => world.close());

async function people(): Promise<Record<string, string>> {
  const list = (await world.control('GET', '/users')).body as { id: string; activity: string }[];
  return Object.fromEntries(list.map(({ id, activity }) => [id, activity]));
}

test('the first change comes after 15 s, the next ones each 20 to 40 s, and never to alice', async () => {
  const start = await people();
  await clock.advance(14_999);
  expect(await people()).toEqual(start);
  await clock.advance(1);
  let last = await people();
  expect(last).not.toEqual(start);
  for (let moment = 0; moment < 30; moment++) {
    await clock.advance(29_999);
    expect(await people()).toEqual(last);
    await clock.advance(1);
    const next = await people();
    expect(next).not.toEqual(last);
    expect(next[userIds.alice]).toBe('Available');
    last = next;
  }
});

test('who is set by hand leaves the script for good, the others go on', async () => {
  await world.control('PUT', '/users/bob/presence', { availability: 'BeRightBack' });
  const seen = new Set<string>();
  for (let moment = 0; moment < 30; moment++) {
    await clock.advance(30_000);
    const now = await people();
    expect(now[userIds.bob]).toBe('BeRightBack');
    seen.add(now[userIds.carol]!);
  }
  expect(seen.size).toBeGreaterThan(3);
});
