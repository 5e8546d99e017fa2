import { afterEach, expect, it, vi } from 'vitest';
import { buildAll } from './built.ts';
import { type RunningLamp, runOnEspruino } from './runners.ts';
import { red, timing } from './samples.ts';
import { createTestBridge, id, key, type TestBridge } from './test-bridge.ts';

const found = process.env['ESPRUINO'];
const why = found ? '' : " (skipped: ESPRUINO is not set to the path of Espruino's Linux build)";
let lamp: RunningLamp | undefined;
let bridge: TestBridge | undefined;

afterEach(async () => {
  await lamp?.stop();
  await bridge?.stop();
});

const until = (check: () => void, timeout = 10_000) => vi.waitFor(check, { timeout, interval: 5 });

/** How a connection ends; each waits until the lamp has noticed. */
const faults: ((bridge: TestBridge) => void | Promise<void>)[] = [
  async (bridge) => {
    await bridge.goAway();
    await bridge.comeBack();
  },
  (bridge) => bridge.inject(Buffer.alloc(800, 0xff)),
  async (bridge) => {
    // The log-in after it is refused as well.
    bridge.refuse = 1;
    bridge.inject(Buffer.from([0x20, 0xff]));
    await bridge.goAway();
    await bridge.comeBack();
  },
  async (bridge) => {
    const probes = bridge.probes.length;
    bridge.answering = false;
    // A message cut off in the middle, then the end.
    bridge.inject(Buffer.from([0x30, 0x40, 0x00, 0x10]));
    await bridge.goAway();
    await until(() => expect(bridge.probes.length).toBeGreaterThan(probes));
    bridge.answering = true;
    await bridge.comeBack();
  },
];

it.skipIf(!found)(`keeps no memory of 500 lost connections${why}`, { timeout: 480_000 }, async () => {
  const { app } = await buildAll();
  bridge = await createTestBridge();
  await bridge.online();
  await bridge.show(red);
  const fast = { ...timing, firstRetry: 5, lastRetry: 20 };
  const leds = { count: 2, order: 'rgb', gamma: 1 };
  lamp = await runOnEspruino(app, {
    ...{ id, key, bridge: '127.0.0.1', probePort: bridge.probePort, leds, timing: fast },
  });
  const online = () => bridge!.said('availability').filter((word) => word === 'online').length;

  /** In use while nothing happens: the same in five looks one after the other, garbage collected. */
  async function idle(): Promise<number> {
    await until(() => expect(lamp!.frames.at(-1)).toEqual([255, 0, 0, 255, 0, 0]));
    const looks: number[] = [];
    await until(() => {
      looks.push(lamp!.looks!());
      expect(lamp!.looks!()).toBeGreaterThan(looks[0]! + 6);
    });
    return lamp!.variables!();
  }

  async function cycle(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const before = online();
      await faults[i % faults.length]!(bridge!);
      await until(() => expect(online()).toBeGreaterThan(before));
    }
  }

  await until(() => expect(online()).toBe(1));
  await cycle(faults.length);
  const before = await idle();
  await cycle(500);
  const after = await idle();
  expect(Math.abs(after - before) / before).toBeLessThanOrEqual(0.02);
  expect(bridge.logins.length).toBeGreaterThan(500);
});
