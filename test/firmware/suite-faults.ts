/** What goes wrong inside a lamp, from its loader on, whatever runs it. */
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Show } from '../../protocol/show.ts';
import { createAdminClient } from './admin.ts';
import { type Built, buildAll } from './built.ts';
import type { RunLamp, RunLampOptions, RunningLamp } from './runners.ts';
import { green, red, timing } from './samples.ts';
import { createTestBridge, id, key, type TestBridge } from './test-bridge.ts';

export function describeFaults(run: RunLamp): void {
  let built: Built;
  let bridge: TestBridge;
  let lamp: RunningLamp | undefined;

  beforeAll(async () => {
    built = await buildAll();
  });
  beforeEach(async () => {
    bridge = await createTestBridge();
    await bridge.online();
    await bridge.show(red);
  });
  afterEach(async () => {
    await lamp?.stop();
    expect(lamp?.lines.filter((line) => /Uncaught/.test(line)) ?? []).toEqual([]);
    lamp = undefined;
    await bridge.stop();
  });

  const until = (check: () => void, timeout = 10_000) => vi.waitFor(check, { timeout, interval: 10 });
  const state = () => JSON.parse(bridge.said('state').at(-1) ?? '{}') as Record<string, unknown>;
  const leds = { pin: 13, count: 1, order: 'rgb', gamma: 1 };
  const settings = () => ({ id, key, bridge: '127.0.0.1', probePort: bridge.probePort, leds, timing });
  const isRed = () => until(() => expect(lamp!.frames.at(-1)).toEqual([255, 0, 0]));

  async function plugIn(more: Record<string, unknown> = {}, options: RunLampOptions = {}): Promise<void> {
    const { files, ...others } = options;
    lamp = await run(
      built.app,
      { ...settings(), ...more },
      {
        files: { '.bootcde': built.loader, ...files },
        ...others,
      },
    );
  }

  it('closes the open consoles before it starts the app', async () => {
    lamp = await run('print("app");setInterval(function(){},1000);', settings(), {
      files: { '.bootcde': built.loader },
      consoles: true,
    });
    await until(() => expect(lamp!.lines.join()).toContain('app'));
    const told = lamp.lines.map((line) => /(telnet off|access point off|app)\s*$/.exec(line)?.[1]);
    expect(told.filter((line) => line)).toEqual(['telnet off', 'access point off', 'app']);
  });

  it.each([
    ['a missing app', { 'app.a': '' }],
    ['a torn app', { 'app.a': 'var torn = "' }],
  ])('starts the other app in place of %s', async (_, files) => {
    await plugIn({}, { files: { ...files, 'app.b': built.app } });
    await isRed();
    // The next update must not go into the file that runs.
    expect((await createAdminClient(bridge)).hello.slot).toBe('b');
  });

  it.each([
    ['the other app', { 'app.b': 'var torn = "' }],
    ['the choice of the app', { boot: '\xff\xff' }],
    ['the count of starts', { boots: '\xff' }],
    ['settings on trial', { 'settings.new': '{"id":"doo' }],
  ])('survives a torn file: %s', async (_, files) => {
    await plugIn({}, { files });
    await isRed();
  });

  it('works on with a full Storage, refuses what needs room, and says why', async () => {
    await plugIn({}, { fullStorage: true });
    await isRed();
    const admin = await createAdminClient(bridge);
    await admin.begin(built.app);
    const answer = await admin.update({ at: 0, data: 'x'.repeat(300) });
    expect(answer.error).toMatch(/[a-z]/i);
    expect((await admin.config({ probePort: 1 })).error).toMatch(/[a-z]/i);
    await bridge.show(green);
    await until(() => expect(lamp!.frames.at(-1)).toEqual([0, 255, 0]));
  });

  it('restarts when memory runs out, and says why', async () => {
    await plugIn();
    await isRed();
    lamp!.exhaustMemory();
    await until(() => expect(state()).toMatchObject({ restart: 'out of memory' }));
    await isRed();
  });

  it('shows unknown while a megabyte of garbage comes, and the status after it', async () => {
    await plugIn();
    await isRed();
    bridge.inject(Buffer.alloc(1_000_000, 0xee));
    await until(() => expect(lamp!.frames.at(-1)![2]).toBeGreaterThan(25));
    await isRed();
    expect(state()).toMatchObject({ lastError: 'no MQTT packet', error: null });
  });

  it('is right on a slow network', async () => {
    bridge.deliver = (data, socket) => {
      setTimeout(() => socket.destroyed || socket.write(data), 300);
    };
    await plugIn();
    await isRed();
    await bridge.show(green);
    await until(() => expect(lamp!.frames.at(-1)).toEqual([0, 255, 0]));
  });

  it.each([
    ['a pin that no chip has', { leds: { pin: 77 } }, /no pin 77/],
    ['a type of LEDs that there is not', { leds: { type: 'laser' } }, /laser/],
    ['a pin too few', { leds: { type: 'traffic', pins: [16, 17] } }, /traffic/],
    ['settings of another version', { v: 2 }, /settings: v/],
    ['a button without a pin', { button: { pin: 99, active: 'low' } }, /no pin 99/],
  ])('keeps saying what is wrong with %s', async (_, more, error) => {
    await plugIn(more);
    await until(() => expect(state()).toMatchObject({ ...red, error: expect.stringMatching(error) }));
    await bridge.show('no show');
    await until(() => expect(state()['error']).toBe('wrong show'));
    await bridge.show(green);
    await until(() => expect(state()).toMatchObject({ ...green, error: expect.stringMatching(error) }));
    await bridge.goAway();
    await bridge.comeBack();
    await until(() =>
      expect(state()).toMatchObject({ lastError: 'connection lost', error: expect.stringMatching(error) }),
    );
  });

  it('says a still frame again each second', async () => {
    await plugIn();
    await isRed();
    const before = lamp!.frames.length;
    await until(() => expect(lamp!.frames.length).toBeGreaterThan(before + 2));
    expect(lamp!.frames.slice(before).every((frame) => frame.join() === '255,0,0')).toBe(true);
  });

  it("blinks in step with others, by the bridge's clock", async () => {
    await bridge.show({ ...red, effect: 'blink-slow' } as Show);
    // Its own clock is just the wrong half of a blink off.
    await plugIn({}, { clockOff: 1000 });
    await until(() => expect(state()).toMatchObject({ effect: 'blink-slow' }));
    const looks: boolean[] = [];
    await until(() => {
      const at = Date.now() % 2000;
      // Away from the edges, for a frame takes its time to get here.
      if (at % 1000 > 300 && at % 1000 < 900) looks.push((lamp!.frames.at(-1)![0] === 255) === at < 1000);
      expect(looks.length).toBeGreaterThan(150);
    });
    expect(looks.slice(30).filter((right) => right).length).toBeGreaterThan(100);
  });
}
