import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { type Ends, endAll, people, startBridge, startTenant } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

/** Lets fake time pass while real requests are answered in between: a step is shorter than any timeout. */
async function pass(
  clock: FakeClock,
  ms: number,
  until: () => boolean = () => false,
  step = 4_000,
): Promise<void> {
  for (let passed = 0; passed < ms && !until(); passed += step) {
    await clock.advance(step);
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
}

interface Subscribed {
  id: string;
  expirationDateTime: string;
}

describe('a presence subscription', () => {
  it('is the same one after hours, renewed long before each end', async () => {
    const clock = createFakeClock();
    const tenant = await startTenant(ends, { clock });
    // A reconcile read must not tell the change before the notification does.
    const rarely = 'source: { reconcileSeconds: 600, staleAfterSeconds: 1200 }';
    const text = [tenant.microsoft, people, rarely].join('\n');
    const { bridge } = await startBridge(ends, text, { push: true, clock });
    const isPushing = () => bridge.view.health().source === 'push';
    await pass(clock, 60_000, isPushing);
    expect(isPushing()).toBe(true);
    const [first] = (await tenant.control('GET', '/subscriptions')) as Subscribed[];

    let least = Number.POSITIVE_INFINITY;
    for (let tenMinutes = 0; tenMinutes < 15; tenMinutes++) {
      await pass(clock, 600_000);
      const [now, ...others] = (await tenant.control('GET', '/subscriptions')) as Subscribed[];
      expect(others).toEqual([]);
      expect(now?.id).toBe(first?.id);
      least = Math.min(least, Date.parse(now!.expirationDateTime) - clock.now());
    }
    expect(isPushing()).toBe(true);
    expect(least).toBeGreaterThan(15 * 60_000);

    await tenant.setPresence('alice', 'InACall');
    await pass(clock, 60_000, () => bridge.view.person('alice').status === 'call', 100);
    expect(bridge.view.person('alice')).toMatchObject({ status: 'call', source: 'push' });
  }, 60_000);
});
