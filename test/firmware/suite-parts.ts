/** What hangs on a lamp's pins, and settings that are wrong, whatever runs the firmware. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { buildFirmware } from '../../firmware-js/build.ts';
import type { Show } from '../../protocol/show.ts';
import type { RunLamp, RunningLamp } from './runners.ts';
import { green, red, solid, timing } from './samples.ts';
import { createTestBridge, id, key, type TestBridge } from './test-bridge.ts';

export function describeParts(run: RunLamp): void {
  let app: string;
  let bridge: TestBridge;
  let lamp: RunningLamp | undefined;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'doorlight-firmware-'));
    await buildFirmware(join(folder, 'app.js'));
    app = await readFile(join(folder, 'app.js'), 'latin1');
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    bridge = await createTestBridge();
    await bridge.online();
  });
  afterEach(async () => {
    await lamp?.stop();
    expect(lamp?.lines.filter((line) => /Uncaught/.test(line)) ?? []).toEqual([]);
    lamp = undefined;
    await bridge.stop();
  });

  const until = (check: () => void, timeout = 6000) => vi.waitFor(check, { timeout, interval: 10 });
  const state = () => JSON.parse(bridge.said('state').at(-1) ?? '{}') as Record<string, unknown>;
  const level = (pin: string) => lamp!.levels.filter(([name]) => name === pin).at(-1)?.[1];
  const levels = (...values: number[]) =>
    until(() => expect(['D16', 'D17', 'D18'].map(level)).toEqual(values));

  async function plugIn(more: Record<string, unknown>, files: Record<string, string> = {}): Promise<void> {
    const settings = { id, key, bridge: '127.0.0.1', probePort: bridge.probePort, timing, ...more };
    lamp = await run(app, settings, { files });
  }
  const amber = { ...solid(0xff, 0xbf, 0) };

  it('dims an RGB LED by PWM, with a common cathode or anode', async () => {
    await bridge.show({ ...red, brightness: 51 } as Show);
    await plugIn({ leds: { type: 'rgb', pins: [16, 17, 18], common: 'cathode' } });
    await levels(0.2, 0, 0);
    await bridge.show(green);
    await levels(0, 1, 0);
    await lamp!.stop();
    await plugIn({ leds: { type: 'rgb', pins: [16, 17, 18], common: 'anode' } });
    await levels(1, 0, 1);
  });

  it('shows on three plain LEDs what they can tell', async () => {
    bridge.alive = false;
    await bridge.show(red);
    await plugIn({ leds: { type: 'traffic', pins: [16, 17, 18] } });
    // Unknown: yellow that blinks, the others dark.
    await levels(0, 1, 0);
    await levels(0, 0, 0);
    bridge.alive = true;
    await levels(1, 0, 0);
    await bridge.show(green);
    await levels(0, 0, 1);
    // Out of office, then away.
    await bridge.show(solid(0xa0, 0, 0xff));
    await levels(0, 1, 0);
    await bridge.show(amber);
    await levels(0, 0, 0);
    await bridge.show({ ...amber, override: { until: '2026-01-01T00:00:00Z' } } as Show);
    await levels(0, 1, 0);
  });

  it('lights the LED of a board for do not disturb, whichever way it is wired', async () => {
    await bridge.show(red);
    await plugIn({ leds: { type: 'onboard', pin: 2, active: 'low' } });
    await until(() => expect(level('D2')).toBe(0));
    await bridge.show(green);
    await until(() => expect(level('D2')).toBe(1));
  });

  it('sees colors as the eye does, and keeps to the power there is', async () => {
    await bridge.show(amber);
    await plugIn({ leds: { pin: 13, count: 2, order: 'rgb', gamma: 2.2 } });
    await until(() => expect(lamp!.frames.at(-1)).toEqual([255, 135, 0, 255, 135, 0]));
    await lamp!.stop();
    await bridge.show(solid(255, 255, 255));
    await plugIn({ leds: { pin: 13, count: 2, order: 'rgb', gamma: 1, maxMilliamps: 16 } });
    await until(() => expect(lamp!.frames.at(-1)).toEqual([29, 29, 29, 29, 29, 29]));
  });

  it('never shows unknown under a tenth of the light, however little power there is', async () => {
    bridge.answering = false;
    await plugIn({ leds: { pin: 13, count: 3, order: 'rgb', gamma: 2.2, maxMilliamps: 8 } });
    await until(() => expect(lamp!.frames.length).toBeGreaterThan(110));
    // Two LEDs are as many as 8 mA are enough for.
    expect(lamp!.frames.every((frame) => frame.length === 6)).toBe(true);
    expect(Math.min(...lamp!.frames.map((frame) => frame[2]!))).toBeGreaterThanOrEqual(26);
  });

  it('tells a short, a long and a double press apart', async () => {
    await plugIn({ button: { pin: 0, active: 'low' } });
    await until(() => expect(bridge.said('availability').at(-1)).toBe('online'));
    const heard = () => bridge.said('button').map((text) => JSON.parse(text).press as string);
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    async function press(ms: number): Promise<void> {
      lamp!.setButton(true);
      await wait(ms);
      lamp!.setButton(false);
      await wait(60);
    }
    await press(60);
    await until(() => expect(heard()).toEqual(['short']));
    await press(60);
    await press(60);
    await until(() => expect(heard()).toEqual(['short', 'double']));
    lamp!.setButton(true);
    await until(() => expect(heard()).toEqual(['short', 'double', 'long']));
    lamp!.setButton(false);
    await press(60);
    await until(() => expect(heard()).toEqual(['short', 'double', 'long', 'short']));
  });

  it.each([
    ['a pin that no chip has', { leds: { pin: 77 } }, /no pin 77/],
    ['a button at such a pin', { button: { pin: 99, active: 'low' } }, /no pin 99/],
    ['a count that is no number', { leds: { count: 'many' } }, /settings: count/],
  ])('says what is wrong and goes on with %s', async (_, more, error) => {
    await plugIn(more);
    await until(() => expect(state()['lastError']).toMatch(error));
    expect(state()).toMatchObject({ restart: 'power' });
  });

  it('takes the copy of damaged settings', async () => {
    const good = { id, key, bridge: '127.0.0.1', probePort: bridge.probePort, timing };
    await plugIn({}, { settings: '{"id":"door-al\xff\xff', 'settings.old': JSON.stringify(good) });
    await until(() => expect(state()).toMatchObject({ error: 'settings damaged' }));
  });

  it('does not go online without settings, and says so by cable', async () => {
    await plugIn({}, { settings: '[1' });
    await until(() => expect(lamp!.lines.join()).toContain('no settings'));
    expect(bridge.probes).toEqual([]);
    expect(lamp!.frames.length).toBeGreaterThan(0);
  });

  it('tells why the connection was lost, and why it restarted', async () => {
    await plugIn({}, { why: 'out of memory' });
    await until(() => expect(state()).toMatchObject({ restart: 'out of memory', lastError: null }));
    await bridge.goAway();
    await bridge.comeBack();
    await until(() => expect(state()).toMatchObject({ lastError: 'connection lost', error: null }));
  });

  it('shows what it is told by cable for as long as it is told, and unknown after that', async () => {
    bridge.alive = false;
    await plugIn({ bridge: '127.0.0.9', leds: { type: 'rgb', pins: [16, 17, 18], common: 'cathode' } });
    await until(() => expect(level('D18')).toBeGreaterThan(0));
    lamp!.type(`show('${JSON.stringify(red)}')`);
    await levels(1, 0, 0);
    lamp!.type(`show('${JSON.stringify(green)}')`);
    await levels(0, 1, 0);
    await until(() => expect(level('D18')).toBeGreaterThan(0));
    expect(level('D17')).toBeLessThan(0.5);
  });

  it("logs in to a user's own broker with its plain account", async () => {
    await plugIn({ username: 'lamps', password: 'own-broker' });
    await until(() => {
      expect(bridge.logins[0]).toMatchObject({ username: 'lamps', password: 'own-broker' });
    });
  });
}
