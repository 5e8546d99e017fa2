import { expect, it } from 'vitest';
import { createLampHost } from '../../simulator/lamp/host.ts';
import { createFakeClock } from '../fake-clock.ts';
import { buildAll } from './built.ts';
import { createFakeBridge } from './fake-bridge.ts';
import { green, red } from './samples.ts';
import { key } from './test-bridge.ts';

const lamps = 200;

it('brings 200 lamps back within 10 s of the broker, and not all at once', { timeout: 180_000 }, async () => {
  const { app } = await buildAll();
  const clock = createFakeClock(Date.UTC(2026, 0, 1), () => Promise.resolve());
  const bridge = createFakeBridge(clock);
  const shown: string[] = [];
  let seed = 1;
  const hosts = Array.from({ length: lamps }, (_, i) => {
    let state = ++seed * 7919;
    return createLampHost({
      firmware: app,
      settings: { id: `door-${i}`, key, bridge: '192.0.2.1', leds: { count: 1, order: 'rgb', gamma: 1 } },
      clock,
      random: () => {
        state = (state * 48271) % 2147483647;
        return state / 2147483647;
      },
      modules: bridge.modules,
      onPixels: (rgb) => {
        shown[i] = rgb.join();
      },
    });
  });
  const showing = (color: string) => shown.filter((one) => one === color).length;

  bridge.set(red);
  for (const host of hosts) host.start();
  await clock.advance(5000);
  expect(showing('255,0,0')).toBe(lamps);
  bridge.set(green);
  await clock.advance(500);
  expect(showing('0,255,0')).toBe(lamps);

  // Long enough for the waits to have grown to their longest.
  bridge.stopBroker();
  await clock.advance(60_000);
  expect(showing('0,255,0')).toBe(0);
  bridge.set(red);
  bridge.logins = [];
  bridge.broker = true;
  await clock.advance(10_000);
  expect(showing('255,0,0')).toBe(lamps);
  expect(bridge.logins).toHaveLength(lamps);
  const inTenths = new Map<number, number>();
  for (const at of bridge.logins)
    inTenths.set(Math.floor(at / 100), (inTenths.get(Math.floor(at / 100)) ?? 0) + 1);
  expect(Math.max(...inTenths.values())).toBeLessThan(lamps / 8);

  for (const host of hosts) host.stop();
});
