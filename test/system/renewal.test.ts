import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { watchQuiet } from '../quiet.ts';
import { type Ends, endAll, people, startBridge, startTenant } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

interface Subscribed {
  id: string;
  expirationDateTime: string;
}

describe('a presence subscription', () => {
  it('is the same one after hours, renewed long before each end', async () => {
    const quiet = watchQuiet();
    ends.push(quiet.stop);
    const clock = createFakeClock(undefined, quiet.settled);
    const pass = async (ms: number, until: () => boolean) => {
      for (let passed = 0; passed < ms && !until(); passed += 100) await clock.advance(100);
    };
    const tenant = await startTenant(ends, { clock });
    // A reconcile read must not tell the change before the notification does.
    const rarely = 'source: { reconcileSeconds: 600, staleAfterSeconds: 1200 }';
    const text = [tenant.microsoft, people, rarely].join('\n');
    const { bridge } = await startBridge(ends, text, { push: true, clock });
    const isPushing = () => bridge.view.health().source === 'push';
    await pass(60_000, isPushing);
    expect(isPushing()).toBe(true);
    const [first] = (await tenant.control('GET', '/subscriptions')) as Subscribed[];

    let least = Number.POSITIVE_INFINITY;
    for (let tenMinutes = 0; tenMinutes < 15; tenMinutes++) {
      await clock.advance(600_000);
      const [now, ...others] = (await tenant.control('GET', '/subscriptions')) as Subscribed[];
      expect(others).toEqual([]);
      expect(now?.id).toBe(first?.id);
      least = Math.min(least, Date.parse(now!.expirationDateTime) - clock.now());
    }
    expect(isPushing()).toBe(true);
    expect(least).toBeGreaterThan(15 * 60_000);

    await tenant.setPresence('alice', 'InACall');
    await pass(60_000, () => bridge.view.person('alice').status === 'call');
    expect(bridge.view.person('alice')).toMatchObject({ status: 'call', source: 'push' });
  }, 60_000);
});
