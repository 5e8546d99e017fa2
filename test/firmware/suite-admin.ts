/** How a lamp takes new firmware and new settings, whatever runs it: from the loader on, as on a chip. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { buildPrograms } from '../../firmware-js/build.ts';
import { adminMessage } from '../../protocol/lamp-admin.ts';
import { createAdminClient, forge } from './admin.ts';
import type { RunLamp, RunningLamp } from './runners.ts';
import { red, timing } from './samples.ts';
import { createTestBridge, id, key, sign, type TestBridge } from './test-bridge.ts';

export function describeAdmin(run: RunLamp): void {
  let app: string;
  let loader: string;
  let bridge: TestBridge;
  let lamp: RunningLamp | undefined;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'doorlight-firmware-'));
    await buildPrograms(folder);
    app = await readFile(join(folder, 'app.js'), 'latin1');
    loader = await readFile(join(folder, 'loader.js'), 'latin1');
    await rm(folder, { recursive: true });
    // Two minutes on a chip.
    expect(loader).toContain('12e4');
    loader = loader.replace('12e4', '3e3').replace('},1e3)', '},100)');
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

  const until = (check: () => void, timeout = 8000) => vi.waitFor(check, { timeout, interval: 10 });
  const leds = { pin: 13, count: 2, order: 'rgb', gamma: 1 };
  const settings = () => ({ id, key, bridge: '127.0.0.1', probePort: bridge.probePort, leds, timing });
  const results = () => bridge.said('result').map((text) => JSON.parse(text) as Record<string, unknown>);
  const state = () => JSON.parse(bridge.said('state').at(-1) ?? '{}') as Record<string, unknown>;
  const isRed = () => until(() => expect(lamp!.frames.at(-1)).toEqual([255, 0, 0, 255, 0, 0]));
  const newer = () => app.split('0.1.0').join('0.1.9');

  async function plugIn(more: Record<string, unknown> = {}): Promise<void> {
    lamp = await run(app, { ...settings(), ...more }, { files: { '.bootcde': loader } });
    await isRed();
    await until(() => expect(state()).toMatchObject({ slot: 'a', restart: 'power', lastError: null }));
  }

  it('takes a newer app in chunks, keeps it, and says so', async () => {
    await plugIn();
    const admin = await createAdminClient(bridge);
    expect(admin.hello).toMatchObject({ fw: '0.1.0', slot: 'a', board: expect.any(String) });
    expect(await admin.send(newer(), { version: '0.1.9' })).toMatchObject({ n: expect.any(Number) });
    await until(() => expect(results()).toContainEqual({ kept: 'update', fw: '0.1.9' }));
    await until(() => expect(state()).toMatchObject({ fw: '0.1.9', slot: 'b', restart: 'update' }));
    await isRed();
    expect(bridge.said('result').every((text) => text.length < 500)).toBe(true);
  });

  // A lamp keeps the loader that it was flashed with: the first one ran the app in a scope among its own.
  it('runs the newer app under the first loader, too', async () => {
    const now = loader;
    loader = now.replace(/Function\((\w+)\)\(\)/, 'global.eval($1)');
    expect(loader).not.toBe(now);
    try {
      await plugIn();
      const admin = await createAdminClient(bridge);
      await admin.send(newer(), { version: '0.1.9' });
      await until(() => expect(results()).toContainEqual({ kept: 'update', fw: '0.1.9' }));
      await isRed();
    } finally {
      loader = now;
    }
  });

  it('proves the app that runs, not the one that it is about to start', async () => {
    bridge.alive = false;
    lamp = await run(app, settings(), { files: { '.bootcde': loader } });
    await until(() => expect(bridge.said('availability')).toContain('online'));
    const admin = await createAdminClient(bridge);
    await admin.send(newer(), { version: '0.1.9' });
    await bridge.sayAlive();
    bridge.alive = true;
    await until(() => expect(results()).toContainEqual({ kept: 'update', fw: '0.1.9' }));
    expect(results()).not.toContainEqual({ kept: 'update', fw: '0.1.0' });
  });

  it('goes back to the old app when the new one crashes', async () => {
    await plugIn();
    const admin = await createAdminClient(bridge);
    await admin.send('throw new Error("new and broken");');
    await until(() => {
      const error = expect.stringContaining('new and broken');
      expect(results()).toContainEqual({ undone: 'update', fw: '0.1.0', error });
    });
    await until(() => expect(state()).toMatchObject({ fw: '0.1.0', slot: 'a' }));
    await isRed();
  });

  it('goes back to the old app when the new one does not find the bridge in time', async () => {
    await plugIn();
    const admin = await createAdminClient(bridge);
    await admin.send('setInterval(function() { E.kickWatchdog(); }, 100);');
    await until(() => {
      expect(results()).toContainEqual({ undone: 'update', fw: '0.1.0', error: 'no bridge in time' });
    }, 12_000);
    await isRed();
  });

  it('goes back to the old app when the new one restarts over and over', async () => {
    await plugIn();
    const admin = await createAdminClient(bridge);
    await admin.send('setTimeout(function() { E.reboot(); }, 10);');
    await until(() => {
      expect(results()).toContainEqual({ undone: 'update', fw: '0.1.0', error: 'three starts failed' });
    }, 12_000);
    await isRed();
  });

  it('refuses what is unsigned, forged, seen before, older, for another board, damaged, out of order', async () => {
    await plugIn();
    const admin = await createAdminClient(bridge);
    const nonce = admin.hello.hello;
    expect(await admin.say('update', '{"n":1,"end":true}')).toMatchObject({ error: 'not signed' });
    const forged = adminMessage(forge, 'update', id, nonce, { n: 1, end: true });
    expect(await admin.say('update', forged)).toMatchObject({ error: 'not signed' });
    expect(await admin.update({ end: true })).toMatchObject({ error: 'nothing begun' });
    expect(await admin.begin(app, { version: '0.0.9' })).toMatchObject({ error: 'older than 0.1.0' });
    expect(await admin.begin(app, { board: 'BANGLEJS' })).toMatchObject({
      error: expect.stringContaining('this is '),
    });
    const again = await admin.begin(app, { version: '0.0.9', board: 'BANGLEJS', force: true });
    expect(again).toEqual({ n: 4, at: 0 });
    expect(await admin.update({ at: 10, data: 'x' })).toMatchObject({ at: 0, error: 'wrong offset' });
    expect(await admin.update({ at: 0, data: 'var x' })).toMatchObject({ at: 5 });
    expect(await admin.update({ end: true })).toMatchObject({ error: 'wrong checksum' });
    await admin.begin('abc', { crc: 1 });
    await admin.update({ at: 0, data: 'abc' });
    expect(await admin.update({ end: true })).toMatchObject({ error: 'wrong checksum' });
    await isRed();
    // A new connection has another nonce: what was good for the old one is worth nothing.
    await bridge.goAway();
    await bridge.comeBack();
    const online = () => bridge.said('availability').filter((word) => word === 'online');
    await until(() => expect(online()).toHaveLength(2));
    const next = await createAdminClient(bridge);
    expect(next.hello.hello).not.toBe(nonce);
  });

  it('takes a signed message once', async () => {
    await plugIn();
    const admin = await createAdminClient(bridge);
    const body = { n: 9, end: true } as const;
    const text = adminMessage(sign, 'update', id, admin.hello.hello, body);
    expect(await admin.say('update', text)).toMatchObject({ n: 9, error: 'nothing begun' });
    expect(await admin.say('update', text)).toMatchObject({ n: 9, error: 'seen before' });
    // Nor on the other topic, for the word is signed, too.
    expect(await admin.say('config', text)).toMatchObject({ error: 'not signed' });
  });

  it('tries new settings, and keeps those that work', async () => {
    await plugIn();
    const admin = await createAdminClient(bridge);
    const answer = await admin.config({ leds: { ...leds, type: 'ws2812', count: 3 } as never });
    expect(answer).toEqual({ n: 1 });
    await until(() => expect(results()).toContainEqual({ kept: 'config', fw: '0.1.0' }));
    await until(() => expect(lamp!.frames.at(-1)).toEqual([255, 0, 0, 255, 0, 0, 255, 0, 0]));
    await until(() => expect(state()).toMatchObject({ restart: 'config' }));
  });

  it('goes back to the old settings when the bridge is not heard with the new ones', async () => {
    await plugIn({ timing: { ...timing, trial: 1500 } });
    const admin = await createAdminClient(bridge);
    // Nobody answers there; the passwords in it are sealed, so that no reader of topics sees them.
    await admin.config({ probePort: 9, bridge: '127.0.0.1', password: 'not to be read' });
    await until(() => {
      expect(results()).toContainEqual({ undone: 'config', fw: '0.1.0', error: 'no bridge' });
    }, 12_000);
    await isRed();
    await until(() => expect(state()['restart']).toMatch(/^config undone/));
  });

  it('refuses settings that are wrong', async () => {
    await plugIn();
    const admin = await createAdminClient(bridge);
    const change = { leds: { type: 'ws2812', count: 'many' } } as never;
    expect(await admin.config(change)).toEqual({ n: 1, error: 'settings: count' });
    await isRed();
  });
}
