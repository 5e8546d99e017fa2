import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { countWork } from '../work.ts';
import type { Ends } from './kit.ts';

// Before the bridge is loaded: V8 counts the blocks of what it compiles from now on.
const work = await countWork((url) => /\/(bridge|protocol)\/|node_modules\/(aedes|qlobber)/.test(url));
const { consumer, endAll, eventually, listen, startBridge, startTenant } = await import('./kit.ts');

const ends: Ends = [];
afterEach(() => endAll(ends));
afterAll(() => work.stop());

const words = ['Busy', 'Away', 'Busy', 'Away'];
const topicsOf = (index: number) => [
  `doorlight/lights/l${index}/show`,
  `doorlight/lights/l${index}/state`,
  `doorlight/presence/p${index}`,
  `doorlight/presence/p${index}/status`,
];

describe('the work per change', () => {
  /** What is published, told and run when the last of so many people changes, from Graph's POST to the topics. */
  async function workOf(people: number) {
    const tenant = await startTenant(ends);
    const users = Array.from({ length: people }, (_, index) => ({
      id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      userPrincipalName: `user${index}@contoso.com`,
      displayName: `User ${index}`,
    }));
    await tenant.control('POST', '/users', users);
    const text = `${tenant.microsoft}
mqtt: { ${consumer}, homeAssistant: { enabled: false } }
source: { reconcileSeconds: 600, staleAfterSeconds: 1200 }
people:
${users.map(({ id }, index) => `  - { id: p${index}, user: ${id} }`).join('\n')}
lights:
${users.map((_, index) => `  - { id: l${index}, kind: wled, topic: wled/l${index}, shows: [p${index}] }`).join('\n')}`;
    const clock = createFakeClock(Date.now());
    const { bridge, urls } = await startBridge(ends, text, { push: true, clock });
    await vi.waitFor(
      async () => {
        await clock.advance(1_000);
        expect(bridge.view.health().source).toBe('push');
        expect(bridge.view.people().every(({ status }) => status === 'offline')).toBe(true);
      },
      { timeout: 30_000, interval: 10 },
    );
    const { all, json } = await listen(ends, urls.mqtt!);
    // All that is retained has come, so that what comes now is new.
    const kept = users.flatMap((_, index) => topicsOf(index));
    await eventually(() => {
      const seen = new Set(all.map(({ topic }) => topic));
      expect(kept.filter((topic) => !seen.has(topic))).toEqual([]);
    });
    // From here on the bridge's time stands still, so that nothing runs but what the change sets off.
    const last = people - 1;
    const told: string[] = [];
    ends.push(
      bridge.view.onEvent(({ event, data }) => told.push(`${event} ${(data as { id?: string }).id ?? ''}`)),
    );
    const blocks: number[] = [];
    let before = all.length;
    for (const word of words) {
      await work.take();
      before = all.length;
      told.length = 0;
      await tenant.setPresence(`user${last}`, word);
      await eventually(() => {
        const since = all.slice(before).map(({ topic }) => topic);
        expect(topicsOf(last).filter((topic) => !since.includes(topic))).toEqual([]);
        expect(json(`doorlight/presence/p${last}`)['status']).toBe(word.toLowerCase());
      });
      // What the last message sets off still.
      for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
      blocks.push([...(await work.take()).values()].reduce((sum, count) => sum + count, 0));
    }
    expect(
      all
        .slice(before)
        .map(({ topic }) => topic)
        .sort(),
    ).toEqual(topicsOf(last));
    await endAll(ends);
    return { told: told.map((line) => line.replace(String(last), '')), blocks: Math.min(...blocks) };
  }

  it('is the same for ten times the people', async () => {
    const few = await workOf(20);
    const many = await workOf(200);
    console.log(`Blocks of code run for a change: ${few.blocks} of 20 people, ${many.blocks} of 200.`);
    expect(many.told).toEqual(few.told);
    // One walk over all people or lights would be 180 more.
    expect(many.blocks).toBeLessThan(few.blocks * 1.05);
  }, 120_000);
});
