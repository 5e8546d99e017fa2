import { afterEach, expect, it } from 'vitest';
import { createSayRoom } from '../../bridge/rooms/say.ts';
import { openStore } from '../../bridge/store.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type Ends, endAll, temporaryFolder } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const dayMs = 86_400_000;

it('pauses for a month, which no single timer of Node holds, over a restart, and ends', async () => {
  const waits: number[] = [];
  const fake = createFakeClock();
  const clock = {
    ...fake,
    after(ms: number, run: () => void) {
      waits.push(ms);
      return fake.after(ms, run);
    },
  };
  const store = openStore(temporaryFolder(ends));
  const first = createSayRoom({ store, clock });
  await first.set('alice', { pausedUntil: clock.now() + 31 * dayMs });
  await fake.advance(10 * dayMs);
  expect(first.isPaused('alice')).toBe(true);
  first.stop();
  const second = createSayRoom({ store, clock });
  ends.push(second.stop);
  const told: string[] = [];
  second.onChange((person) => told.push(person));
  await fake.advance(20 * dayMs);
  expect(second.isPaused('alice')).toBe(true);
  await fake.advance(dayMs + 1);
  expect(second.isPaused('alice')).toBe(false);
  expect(told).toEqual(['alice']);
  // Node: "When delay is larger than 2147483647, it is set to 1."
  expect(Math.max(...waits)).toBeLessThan(2 ** 31);
});
