/** What a lamp must do, whatever runs its firmware. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { buildFirmware } from '../../firmware-js/build.ts';
import { type LightState, maxShowBytes, type Show } from '../../protocol/show.ts';
import type { RunLamp, RunningLamp } from './runners.ts';
import { green, red, solid, timing } from './samples.ts';
import { createTestBridge, id, key, sign, type TestBridge } from './test-bridge.ts';

export function describeLamp(run: RunLamp): void {
  let firmware: string;
  let bridge: TestBridge;
  let lamp: RunningLamp | undefined;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'doorlight-firmware-'));
    await buildFirmware(join(folder, 'app.js'));
    firmware = await readFile(join(folder, 'app.js'), 'utf8');
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    bridge = await createTestBridge();
    await bridge.online();
  });
  afterEach(async () => {
    await lamp?.stop();
    // Whatever the test did to it: nothing in the firmware may throw.
    expect(lamp?.lines.filter((line) => /Uncaught|error: /.test(line)) ?? []).toEqual([]);
    lamp = undefined;
    await bridge.stop();
  });

  async function plugIn(more: Record<string, unknown> = {}): Promise<RunningLamp> {
    const leds = { pin: 13, count: 2, order: 'rgb', gamma: 1 };
    lamp = await run(firmware, {
      ...{ id, key, bridge: '127.0.0.1', probePort: bridge.probePort, leds, timing },
      ...more,
    });
    return lamp;
  }
  const until = (check: () => void, timeout = 6000) => vi.waitFor(check, { timeout, interval: 10 });
  const shows = (frame: number[]) => until(() => expect(lamp!.frames.at(-1)).toEqual(frame));
  const showsRed = () => shows([255, 0, 0, 255, 0, 0]);
  const showsGreen = () => shows([0, 255, 0, 0, 255, 0]);
  const isUnknown = (frame: number[] | undefined) =>
    frame !== undefined && frame[2]! >= 26 && Math.abs(frame[0]! - (frame[2]! * 32) / 255) <= 1;
  const showsUnknown = () => until(() => expect(lamp!.frames.at(-1)).toSatisfy(isUnknown));
  const isOnline = () => until(() => expect(bridge.said('availability').at(-1)).toBe('online'));
  const lastState = () => JSON.parse(bridge.said('state').at(-1) ?? '{}') as Show & LightState;

  /** A lamp that shows red, as a bridge in good health has told it. */
  async function plugInRed(more: Record<string, unknown> = {}): Promise<RunningLamp> {
    await bridge.show(red);
    const running = await plugIn(more);
    await until(() => expect(running.frames.at(-1)?.slice(0, 3)).toEqual([255, 0, 0]));
    return running;
  }

  /** The same, with no other sign of life than this one. */
  async function plugInRedWith(alive: string): Promise<RunningLamp> {
    bridge.alive = false;
    await bridge.show(red);
    const running = await plugIn({ timing: { ...timing, alive: 60_000 } });
    await isOnline();
    await bridge.publish('doorlight/bridge/alive', alive);
    await showsRed();
    return running;
  }

  it('shows unknown first, and keeps to it while no bridge answers', async () => {
    bridge.answering = false;
    const running = await plugIn();
    await until(() => expect(bridge.probes.length).toBeGreaterThan(2));
    expect(running.frames.length).toBeGreaterThan(2);
    expect(running.frames.every(isUnknown)).toBe(true);
    expect(bridge.logins).toEqual([]);
  });

  it('probes, and logs in with a password that is good once', async () => {
    await plugInRed();
    expect(bridge.probes[0]).toMatch(/^DL1 door-alice [0-9a-f]{32}$/);
    expect(bridge.logins).toHaveLength(1);
    // That the password is the right HMAC, the broker has found out: it knows each one it has asked for.
    expect(bridge.logins[0]).toMatchObject({ clientId: `doorlight-${id}`, username: id });
    await bridge.goAway();
    await bridge.comeBack();
    await until(() => expect(bridge.logins.length).toBeGreaterThan(1));
    await showsRed();
    expect(new Set(bridge.logins.map((login) => login.password)).size).toBe(bridge.logins.length);
    expect(new Set(bridge.probes).size).toBe(bridge.probes.length);
  });

  it('shows what it is told, and says so', async () => {
    await plugInRed();
    expect(bridge.said('availability')).toEqual(['online']);
    await until(() => expect(lastState()).toMatchObject({ ...red, error: null, fw: expect.any(String) }));
    await bridge.show(green);
    await showsGreen();
    await until(() => expect(lastState()).toMatchObject(green));
    await bridge.show({ state: 'OFF' });
    await shows([0, 0, 0, 0, 0, 0]);
    await until(() => expect(lastState().state).toBe('OFF'));
    const { fw, board, espruino, rssi, uptime, free, ip, error } = lastState();
    expect([fw, board, espruino, rssi, uptime, free, ip, error]).not.toContain(undefined);
    expect(bridge.loose).toEqual([]);
  });

  it('says what it shows once, however often it is told', async () => {
    await plugInRed();
    await until(() => expect(lastState()).toMatchObject(red));
    const before = bridge.said('state').length;
    await bridge.show(red);
    await bridge.show(green);
    await until(() => expect(lastState()).toMatchObject(green));
    expect(bridge.said('state')).toHaveLength(before + 1);
  });

  it('shows segments in order', async () => {
    await plugInRed();
    const part = (r: number, g: number) => ({
      color: { r, g, b: 0 },
      brightness: 255,
      effect: 'solid' as const,
    });
    await bridge.show({ ...solid(1, 1, 1), segments: [part(255, 0), part(0, 255)] } as Show);
    await shows([255, 0, 0, 0, 255, 0]);
  });

  it('moves while the effect does', async () => {
    const running = await plugInRed();
    await bridge.show({ ...red, effect: 'pulse' } as Show);
    const before = running.frames.length;
    await until(() => expect(running.frames.length).toBeGreaterThan(before + 20));
    const levels = running.frames.slice(before + 5).map((frame) => frame[0]!);
    expect(new Set(levels).size).toBeGreaterThan(5);
    expect(Math.min(...levels)).toBeGreaterThan(0);
  });

  it('leaves its last will when the plug is pulled', async () => {
    const running = await plugInRed();
    await running.stop();
    await until(() => expect(bridge.said('availability').at(-1)).toBe('offline'));
  });

  it('dials no bridge that does not know its key', async () => {
    let calls = 0;
    const trap = createServer((socket) => {
      calls++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const port = (trap.address() as { port: number }).port;
    const nonceB = 'ab'.repeat(16);
    bridge.forge = (lampId, nonceL) => {
      const proof = sign(`bridge|${lampId}|${nonceL}|${nonceB}|-|${port}`, 'ff'.repeat(16));
      return `DL1 - ${port} ${nonceB} ${proof}`;
    };
    await plugInRed();
    expect(calls).toBe(0);
    await new Promise((resolve) => trap.close(resolve));
  });

  it('takes an answer to another probe for none', async () => {
    let first = '';
    bridge.answering = false;
    const running = await plugIn();
    await until(() => expect(bridge.probes.length).toBeGreaterThan(0));
    first = bridge.probes[0]!.split(' ')[2]!;
    const nonceB = 'cd'.repeat(16);
    // True for the first probe, but replayed to later ones, with a port where nobody listens.
    bridge.forge = () => `DL1 - 1 ${nonceB} ${sign(`bridge|${id}|${first}|${nonceB}|-|1`)}`;
    bridge.answering = true;
    await isOnline();
    expect(running.lines.join()).not.toContain('cannot connect');
  });

  it('stays unknown while its log-in is refused, and tries again', async () => {
    bridge.refuse = 2;
    await bridge.show(red);
    const running = await plugIn();
    await until(() => expect(bridge.logins).toHaveLength(2));
    expect(running.frames.every(isUnknown)).toBe(true);
    await showsRed();
    expect(running.lines.join('\n')).toContain('log-in refused (4)');
  });

  it('does not believe a subscription that was denied', async () => {
    bridge.deny.add(`doorlight/lights/${id}/show`);
    await bridge.show(red);
    const running = await plugIn();
    await until(() => expect(bridge.logins.length).toBeGreaterThan(1));
    expect(bridge.said('availability')).not.toContain('online');
    expect(running.frames.every(isUnknown)).toBe(true);
    bridge.deny.clear();
    await showsRed();
  });

  it('waits for a sign of life before it shows a status', async () => {
    bridge.alive = false;
    await bridge.show(red);
    const running = await plugIn();
    await isOnline();
    await until(() => expect(running.frames.length).toBeGreaterThan(20));
    expect(running.frames.every(isUnknown)).toBe(true);
    await bridge.sayAlive();
    await showsRed();
  });

  it('takes a sign of life that a broker has kept for none', async () => {
    bridge.alive = false;
    await bridge.publish('doorlight/bridge/alive', '{"seq":7}', true);
    await bridge.show(red);
    const running = await plugIn();
    await isOnline();
    const before = running.frames.length;
    await until(() => expect(running.frames.length).toBeGreaterThan(before + 15));
    expect(running.frames.every(isUnknown)).toBe(true);
    await bridge.sayAlive();
    await showsRed();
  });

  it.each(['1e999', '-1e999', '"x"', '-5'])('blinks on when the bridge says that it is %s', async (ms) => {
    bridge.alive = false;
    const running = await plugInRedWith(`{"seq":1,"ms":${ms}}`);
    await bridge.show({ ...red, effect: 'pulse' } as Show);
    const before = running.frames.length;
    await until(() => expect(running.frames.length).toBeGreaterThan(before + 5));
    expect(running.frames.at(-1)![0]).toBeGreaterThan(0);
  });

  it('shows unknown when the bridge falls silent, and the status again after it', async () => {
    await plugInRed();
    bridge.alive = false;
    await showsUnknown();
    await until(() => expect(lastState()).toMatchObject({ effect: 'breathe' }));
    bridge.alive = true;
    await showsRed();
  });

  it('shows unknown as soon as the bridge is offline', async () => {
    await plugInRed({ timing: { ...timing, alive: 60_000 } });
    await bridge.publish('doorlight/bridge/state', 'offline', true);
    await showsUnknown();
    await bridge.online();
    await showsRed();
  });

  it('reads packets that come byte by byte', async () => {
    await plugInRed();
    let queue = Promise.resolve();
    bridge.deliver = (data, socket) => {
      for (const byte of data) {
        queue = queue.then(async () => {
          socket.write(Buffer.of(byte));
          await new Promise((resolve) => setTimeout(resolve, 2));
        });
      }
    };
    await bridge.show(green);
    await showsGreen();
  });

  it('reads packets that come joined', async () => {
    await plugInRed();
    const held: Buffer[] = [];
    bridge.alive = false;
    bridge.deliver = (data, socket) => {
      held.push(data);
      const all = Buffer.concat(held);
      if (!all.includes('"g":255')) return;
      held.length = 0;
      socket.write(all);
    };
    await bridge.show(solid(1, 2, 3));
    await bridge.sayAlive();
    await bridge.show(green);
    await showsGreen();
    await until(() => expect(bridge.said('state').some((state) => state.includes('"g":2,"b":3'))).toBe(true));
  });

  it('shows unknown when the broker goes away, and the status within 10 s of its return', async () => {
    await plugInRed({ timing: { ...timing, lastRetry: 5000 } });
    await bridge.goAway();
    await showsUnknown();
    await bridge.comeBack();
    await until(() => expect(lamp!.frames.at(-1)).toEqual([255, 0, 0, 255, 0, 0]), 10_000);
  });

  it('gives up on a broker that no longer answers', async () => {
    await plugInRed({ timing: { ...timing, alive: 60_000 } });
    bridge.deliver = () => {};
    await showsUnknown();
    await until(() => expect(bridge.connections()).toBe(0));
  });

  it('survives garbage in place of packets', async () => {
    await plugInRed();
    bridge.inject(Buffer.alloc(3000, 0xff));
    await showsUnknown();
    await showsRed();
    bridge.inject(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await until(() => expect(bridge.logins.length).toBeGreaterThan(2));
    await showsRed();
  });

  it('survives packets of random bytes', async () => {
    await plugInRed();
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
    // Half of them say that they are a message, where most of the reading is done.
    const packets = fc.sample(fc.tuple(fc.boolean(), bytes), { numRuns: 40, seed: 1 });
    for (const [isMessage, body] of packets) {
      await until(() => expect(bridge.connections()).toBe(1));
      bridge.inject(Buffer.from(isMessage ? [0x30, body.length, ...body] : body));
    }
    // What was left half-sent would swallow what follows, until the ping's deadline.
    await showsRed();
    await bridge.show(green);
    await until(() => expect(lamp!.frames.at(-1)).toEqual([0, 255, 0, 0, 255, 0]), 10_000);
  });

  it('lets a packet of a megabyte pass by', async () => {
    await plugInRed();
    await bridge.show(`{"state":"ON","pad":"${'x'.repeat(1_000_000)}"}`);
    await until(() =>
      expect(lastState()).toMatchObject({ ...red, error: expect.stringContaining('too long') }),
    );
    await bridge.show(green);
    await showsGreen();
    await until(() => expect(lastState()).toMatchObject({ ...green, error: null }));
    expect(bridge.logins).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'busy'],
    ['no object', '[1]'],
    ['half of it', '{"state":"ON","color":{'],
    ['no color', '{"state":"ON","brightness":255,"effect":"solid"}'],
    ['a color out of range', JSON.stringify({ ...red, color: { r: 256, g: 0, b: 0 } })],
    ['an unknown effect', JSON.stringify({ ...red, effect: 'toString' })],
    ['two effects in one', JSON.stringify({ ...red, effect: 'solid off' })],
    ['a wrong segment', JSON.stringify({ ...red, segments: [{}] })],
    ['nine segments', JSON.stringify({ ...red, segments: Array(9).fill(0) })],
    ['too much of it', JSON.stringify({ ...green, pad: 'x'.repeat(maxShowBytes) })],
  ])('keeps the last good show on %s', async (_, bad) => {
    await plugInRed();
    await bridge.show(bad);
    await until(() =>
      expect(lastState()).toMatchObject({ ...red, error: expect.stringMatching(/show|long/) }),
    );
    await showsRed();
  });

  it('fits into the memory of a chip', async ({ skip }) => {
    const running = await plugInRed({ leds: { pin: 13, count: 16, order: 'rgb', gamma: 1 } });
    if (!running.mostVariables) skip('the lamp host does not count variables');
    for (const effect of ['pulse', 'spin', 'breathe'] as const) {
      await bridge.show({ ...red, effect } as Show);
      await until(() => expect(lastState()).toMatchObject({ effect }));
      // In use is what is there between two messages; what waits in the socket depends on the machine.
      const inUse: number[] = [];
      const looks = running.looks!();
      await until(() => {
        inUse[running.looks!()] = running.variables!();
        expect(running.looks!()).toBeGreaterThan(looks + 5);
      });
      const least = Math.min(...inUse.filter((count) => count > 0));
      expect(least, effect).toBeLessThanOrEqual(1200);
      expect(least).toBeGreaterThan(0);
    }
    // A chunk of the socket's on its way in, and one out.
    expect(running.mostVariables!()).toBeLessThanOrEqual(1300);
  });

  it('identifies itself, then shows the status again', async () => {
    const running = await plugInRed();
    const before = running.frames.length;
    await bridge.publish(`doorlight/lights/${id}/identify`, 'x');
    await until(() => expect(lastState()).toMatchObject({ effect: 'identify' }));
    await until(() => expect(running.frames.slice(before)).toContainEqual([255, 255, 255, 255, 255, 255]));
    await showsRed();
  });
}
