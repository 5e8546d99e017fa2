import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createConfigChanges } from '../../bridge/provision/change-config.ts';
import { createLampDesk } from '../../bridge/provision/lamp-desk.ts';
import { createUpdates } from '../../bridge/provision/rollout.ts';
import { openStore } from '../../bridge/store.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { createScriptedLamp, type ScriptedLamp } from './scripted-lamp.ts';

const text = Array.from({ length: 300 }, (_, at) => `print("${at}\\n");`).join('');
const app = { version: '0.2.0', text, crc: crc32(text) };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

let clock: FakeClock;
let folder: string;
beforeEach(() => {
  clock = createFakeClock();
  folder = mkdtempSync(join(tmpdir(), 'doorlight-updates-'));
});
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  // What they still write goes into the folder.
  for (const end of ends.splice(0)) await end();
  rmSync(folder, { recursive: true, force: true });
});

/** Lamps on a broker, and a bridge that can be started anew beside them. */
function building(count: number) {
  const lamps = new Map<string, ScriptedLamp>();
  let hear: (light: string, payload: Buffer) => void = () => {};
  const sent: { light: string; payload: string }[] = [];
  for (let at = 0; at < count; at++) {
    const id = `lamp-${at}`;
    const lamp: ScriptedLamp = createScriptedLamp({
      id,
      key: `key-${at}`,
      say: (result) => clock.after(20, () => hear(id, Buffer.from(JSON.stringify(result)))),
      after: clock.after,
    });
    lamps.set(id, lamp);
  }
  let processes = 0;
  function startBridge() {
    const process = ++processes;
    const desk = createLampDesk({
      clock,
      keyOf: (light) => lamps.get(light)?.key,
      publish(light, word, payload) {
        if (process !== processes) return Promise.reject(new Error('that process is gone'));
        sent.push({ light, payload });
        clock.after(20, () => lamps.get(light)?.hear(word, payload));
        return Promise.resolve();
      },
    });
    hear = desk.hear;
    const updates = createUpdates({
      ...{ desk, clock, store: openStore(folder), log: quiet, version: app.version, app: () => app },
      isOnline: (light) => lamps.get(light)!.online,
      isLamp: (light) => lamps.has(light),
    });
    ends.push(updates.stop);
    updates.start();
    return { desk, updates, configs: createConfigChanges({ desk, clock, log: quiet }) };
  }
  const all = [...lamps.keys()];
  return { lamps, all, sent, startBridge, lamp: (at: number) => lamps.get(`lamp-${at}`)! };
}

describe('an update over the air', () => {
  it('reaches every lamp, one first, then a few, then the others', async () => {
    const { all, lamps, startBridge } = building(30);
    const { updates } = startBridge();
    let mostAtOnce = 0;
    const order: string[] = [];
    updates.onChange(({ lamps: told }) => {
      const busy = told.filter(({ state }) => state === 'sending' || state === 'proving');
      mostAtOnce = Math.max(mostAtOnce, busy.length);
      for (const { light } of busy) if (!order.includes(light)) order.push(light);
      const done = told.filter(({ state }) => state === 'done').length;
      if (busy.length > 1) expect(done).toBeGreaterThanOrEqual(1);
      if (busy.length > 5) expect(done).toBeGreaterThanOrEqual(6);
    });
    updates.begin(all, false);
    await clock.advance(180_000);
    expect(updates.current()).toMatchObject({ state: 'done', version: '0.2.0' });
    for (const lamp of lamps.values()) {
      expect(lamp).toMatchObject({ fw: '0.2.0', apps: [text], refused: [] });
    }
    expect(order).toHaveLength(30);
    expect(mostAtOnce).toBe(20);
  });

  it.each(['goes back', 'falls silent'] as const)('stops when the first lamp %s', async (fate) => {
    const { all, lamp, startBridge } = building(8);
    lamp(0).fate = fate;
    const { updates } = startBridge();
    updates.begin(all, false);
    await clock.advance(120_000);
    if (fate === 'falls silent') expect(updates.current()!.lamps[0]!.state).toBe('proving');
    await clock.advance(60_000);
    const { state, lamps } = updates.current()!;
    expect(state).toBe('stopped');
    expect(lamps[0]).toMatchObject({ state: 'failed', from: '0.1.0' });
    expect(lamps[0]!.error).toMatch(
      fate === 'goes back' ? /went back to version 0.1.0/ : /within two minutes/,
    );
    expect(lamps.slice(1).every((one) => one.state === 'waiting')).toBe(true);
    expect(lamp(1).apps).toEqual([]);
  });

  it('leaves newer lamps, unknown boards and lamps that are away as they are, unless forced', async () => {
    const { all, lamp, startBridge } = building(4);
    lamp(0).fw = '0.3.0';
    lamp(1).board = 'ESP32_IDF4';
    lamp(2).online = false;
    const { updates } = startBridge();
    updates.begin(all, false);
    await clock.advance(120_000);
    const reasons = updates.current()!.lamps.map(({ state, error }) => `${state}: ${error}`);
    expect(reasons).toEqual([
      'skipped: It has version 0.3.0, which is newer than 0.2.0.',
      'skipped: Its board is ESP32_IDF4, for which there is no firmware.',
      'skipped: It is offline.',
      'done: null',
    ]);
    updates.begin(['lamp-0', 'lamp-1'], true);
    await clock.advance(120_000);
    expect(updates.current()).toMatchObject({ state: 'done' });
    expect([lamp(0).fw, lamp(1).fw]).toEqual(['0.2.0', '0.2.0']);
  });

  it('goes on when answers are lost, and when the lamp has dialled anew', async () => {
    const { all, lamp, startBridge } = building(2);
    lamp(0).deafAnswers = 3;
    lamp(1).vanishAfter = 4;
    const { updates } = startBridge();
    updates.begin(all, false);
    await clock.advance(300_000);
    expect(updates.current()).toMatchObject({ state: 'done', lamps: [{ state: 'done' }, { state: 'done' }] });
    expect(lamp(0).apps).toEqual([text]);
  });

  it.each(['the last answer', 'its word'] as const)(
    'takes no lamp for failed that loses %s',
    async (what) => {
      const { all, lamp, startBridge } = building(3);
      lamp(0).loses = what;
      const { updates } = startBridge();
      updates.begin(all, false);
      await clock.advance(300_000);
      const { state, lamps } = updates.current()!;
      expect(state).toBe('done');
      expect(lamps).toEqual(
        all.map((light) => expect.objectContaining({ light, state: 'done', error: null })),
      );
      expect(lamp(0).apps).toEqual([text]);
    },
  );

  it('survives a restart of the bridge, in the middle of sending and of proving', async () => {
    const { all, lamp, startBridge } = building(3);
    const before = startBridge().updates;
    before.begin(all, false);
    await clock.advance(300);
    expect(before.current()!.lamps[0]!.state).toBe('sending');
    await before.stop();
    const between = startBridge().updates;
    const isProving = () => between.current()!.lamps[0]!.state === 'proving';
    for (let step = 0; step < 300 && !isProving(); step++) await clock.advance(100);
    expect(between.current()!.lamps[0]!.state).toBe('proving');
    await between.stop();
    const after = startBridge().updates;
    await clock.advance(120_000);
    expect(after.current()).toMatchObject({ state: 'done' });
    expect(after.current()!.lamps.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect([lamp(0).fw, lamp(1).fw, lamp(2).fw]).toEqual(['0.2.0', '0.2.0', '0.2.0']);
  });

  it('follows an update of the bridge once, also when it failed, and over a restart', async () => {
    const { all, lamp, startBridge } = building(2);
    lamp(0).fate = 'goes back';
    const { updates } = startBridge();
    updates.follow([]);
    expect(updates.current()).toBeUndefined();
    updates.follow(all);
    await clock.advance(180_000);
    const first = updates.current()!;
    expect(first).toMatchObject({ version: '0.2.0', state: 'stopped' });
    updates.follow(all);
    expect(updates.current()!.id).toBe(first.id);
    await updates.stop();
    const again = startBridge();
    again.updates.follow(all);
    expect(again.updates.current()!.id).toBe(first.id);
  });

  it('is refused while another runs, and can be stopped', async () => {
    const { all, lamp, startBridge } = building(3);
    const { updates } = startBridge();
    updates.begin(all, false);
    expect(() => updates.begin(all, false)).toThrow(/An update is running/);
    expect(updates.cancel()).toBe(true);
    await clock.advance(120_000);
    expect(updates.current()).toMatchObject({ state: 'stopped' });
    expect([lamp(1).apps, lamp(2).apps]).toEqual([[], []]);
    expect(updates.cancel()).toBe(false);
  });
});

describe('new settings without a cable', () => {
  const body = { networks: [{ ssid: 'New', password: 'correct horse' }] };

  it('arrive sealed, and are told as kept', async () => {
    const { lamp, sent, startBridge } = building(1);
    const { configs } = startBridge();
    expect(configs.begin('lamp-0', body)).toMatchObject({ state: 'trying' });
    expect(configs.begin('lamp-0', body)).toMatch(/wait for the outcome/);
    await clock.advance(10_000);
    expect(configs.find('lamp-0')).toMatchObject({ state: 'kept', error: null });
    expect(lamp(0).configs).toEqual([body]);
    expect(sent.map(({ payload }) => payload).join()).not.toMatch(/correct horse|New/);
  });

  it.each([
    ['goes back', 'undone', /went back to its old settings: it did not find the bridge/],
    ['falls silent', 'silent', /has not come back/],
  ] as const)('are told when the lamp %s', async (fate, state, error) => {
    const { lamp, startBridge } = building(1);
    lamp(0).fate = fate;
    const { configs } = startBridge();
    configs.begin('lamp-0', body);
    await clock.advance(200_000);
    expect(configs.find('lamp-0')).toMatchObject({ state, error: expect.stringMatching(error) as string });
  });

  it('are refused when the board lacks a pin of them', async () => {
    const { lamp, startBridge } = building(1);
    const { configs } = startBridge();
    const leds = { type: 'ws2812', pin: 34, count: 12, order: 'grb', maxMilliamps: 500, gamma: 2.2 } as const;
    configs.begin('lamp-0', { leds, button: { pin: 1, active: 'low' } });
    await clock.advance(5_000);
    expect(configs.find('lamp-0')).toMatchObject({
      state: 'refused',
      error: expect.stringMatching(/pin 34 cannot drive LEDs on an ESP32.*pin 1 cannot read/) as string,
    });
    expect(lamp(0).configs).toEqual([]);
  });

  it('are refused when they are too much, and when the lamp is not there', async () => {
    const { lamp, startBridge } = building(1);
    const { configs } = startBridge();
    expect(configs.begin('lamp-0', { bridge: 'x'.repeat(300) })).toMatch(/too much/);
    lamp(0).online = false;
    configs.begin('lamp-0', body);
    await clock.advance(20_000);
    expect(configs.find('lamp-0')).toMatchObject({
      state: 'silent',
      error: 'Lamp lamp-0 does not answer: is it online?',
    });
  });
});
