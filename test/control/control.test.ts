import { describe, expect, it } from 'vitest';
import { createControl, type TeamsWriter, transactionOf } from '../../bridge/control/control.ts';
import { parseDuration } from '../../bridge/control/duration.ts';
import { createCommandReader } from '../../bridge/mqtt/commands.ts';
import { createOverrides } from '../../bridge/presence/override.ts';
import type { Show } from '../../protocol/show.ts';
import type { Status } from '../../protocol/status.ts';
import { createFakeClock } from '../fake-clock.ts';

const red: Show = {
  state: 'ON',
  color_mode: 'rgb',
  color: { r: 255, g: 0, b: 0 },
  brightness: 200,
  effect: 'pulse',
};

function setUp(shown: Show = red, writeBack?: TeamsWriter) {
  const clock = createFakeClock();
  const personOverrides = createOverrides<Status>({ clock });
  const lightOverrides = createOverrides<Show>({ clock });
  const control = createControl({
    people: new Set(['alice', 'bob']),
    writeBack,
    lights: new Set(['door']),
    personOverrides,
    lightOverrides,
    shown: () => shown,
    identify() {},
    requests: { health: () => ({ well: true }) },
  });
  return { clock, control, personOverrides, lightOverrides, light: () => lightOverrides.get('door')?.value };
}

describe('a duration', () => {
  it.each([
    ['PT25M', 25 * 60_000],
    ['PT1H30M', 90 * 60_000],
    ['P1D', 24 * 3_600_000],
    ['PT10S', 10_000],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each(['', 'P', 'PT', 'P1M', '25M', 'PT-5M', 'P1DT', 'PT1.5H'])('refuses %j', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});

describe("a person's set", () => {
  it('is told to Teams with its message, of those of whom it may; nobody keeps the message', () => {
    const told: unknown[] = [];
    const writeBack = {
      may: (person: string) => person === 'alice',
      set: (...what: unknown[]) => void told.push(what),
      clear: (person: string) => void told.push(person),
    };
    const { control, personOverrides } = setUp(red, writeBack);
    const set = { status: 'dnd', for: 'PT25M', message: 'Deep work' };
    expect(JSON.stringify(control.setPerson('alice', set))).not.toContain('Deep work');
    control.setPerson('alice', { clear: true });
    expect(told).toEqual([['alice', 'dnd', 25 * 60_000, 'Deep work'], 'alice']);
    expect(JSON.stringify(personOverrides.snapshot())).not.toContain('Deep work');
    expect(control.setPerson('bob', { status: 'dnd' })).toMatchObject({ ok: true });
    for (const [id, wrong] of [
      ['bob', set],
      ['alice', { clear: true, message: 'x' }],
    ] as const) {
      expect(control.setPerson(id, wrong)).toMatchObject({
        ok: false,
        error: expect.stringMatching(/writeBack: true/),
      });
    }
    expect(told).toHaveLength(2);
  });

  it('leaves Teams alone when it says so, and takes back what was set there before', () => {
    const told: unknown[] = [];
    const writeBack = {
      may: (person: string) => person === 'alice',
      set: (...what: unknown[]) => void told.push(what),
      clear: (person: string) => void told.push(person),
    };
    const { control, personOverrides } = setUp(red, writeBack);
    control.setPerson('alice', { status: 'busy', for: 'PT25M', teams: true });
    control.setPerson('alice', { status: 'dnd', for: 'PT25M', teams: false });
    expect(told).toEqual([['alice', 'busy', 25 * 60_000, undefined], 'alice']);
    expect(personOverrides.get('alice')).toMatchObject({ value: 'dnd' });
    control.setPerson('alice', { clear: true, teams: false });
    expect(told).toHaveLength(2);
    expect(control.setPerson('bob', { status: 'dnd', teams: true })).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^teams: .*writeBack: true/),
    });
  });

  it('stands for an hour, or for as long as it says, and can be cleared', async () => {
    const { control, clock, personOverrides } = setUp();
    expect(control.setPerson('alice', { status: 'dnd' })).toEqual({
      ok: true,
      data: { until: new Date(clock.now() + 3_600_000).toISOString() },
    });
    await clock.advance(3_599_000);
    expect(personOverrides.get('alice')?.value).toBe('dnd');
    await clock.advance(1_000);
    expect(personOverrides.get('alice')).toBeUndefined();
    control.setPerson('alice', { status: 'dnd', for: 'PT24H' });
    expect(control.setPerson('alice', { clear: true })).toEqual({ ok: true, data: null });
    expect(personOverrides.get('alice')).toBeUndefined();
  });

  it.each([
    {},
    { status: 'happy' },
    { status: 'dnd', clear: true },
    { status: 'dnd', for: 'PT25H' },
    { status: 'dnd', for: 'PT0S' },
    { status: 'dnd', for: 60 },
    { status: 'dnd', more: 1 },
    'dnd',
    null,
    [],
  ])('refuses %j in one sentence and changes nothing', (value) => {
    const { control, personOverrides } = setUp();
    const outcome = control.setPerson('alice', value);
    expect(outcome).toMatchObject({ ok: false, error: expect.stringMatching(/expected/) });
    expect(personOverrides.snapshot()).toEqual([]);
  });
});

describe("a light's set", () => {
  it.each([
    ['OFF', { state: 'OFF' }],
    [{ state: 'OFF', transition: 2 }, { state: 'OFF' }],
    [{ brightness: 10 }, { ...red, brightness: 10 }],
    [
      { state: 'ON', color: { r: 1, g: 2, b: 3 } },
      { ...red, color: { r: 1, g: 2, b: 3 } },
    ],
    [
      { state: 'ON', effect: 'blink', flash: 'short' },
      { ...red, effect: 'blink' },
    ],
    [{ for: 'PT5M' }, red],
  ])('%j', (value, show) => {
    const { control, light } = setUp();
    expect(control.setLight('door', value)).toMatchObject({ ok: true });
    expect(light()).toEqual(show);
  });

  it.each(['ON', { state: 'ON' }, { state: 'ON', transition: 1 }, { clear: true }])('%j ends it', (value) => {
    const { control, light } = setUp();
    control.setLight('door', 'OFF');
    expect(control.setLight('door', value)).toEqual({ ok: true, data: null });
    expect(light()).toBeUndefined();
  });

  it.each([
    {},
    'off',
    { state: 'on' },
    { brightness: 256 },
    { color: { r: 1, g: 2 } },
    { effect: 'disco' },
    7,
  ])('refuses %j', (value) => {
    const { control, light } = setUp();
    expect(control.setLight('door', value)).toMatchObject({ ok: false });
    expect(light()).toBeUndefined();
  });

  it('of a light that there is not is another fault', () => {
    expect(setUp().control.setLight('nobody', 'ON')).toMatchObject({ ok: false, missing: true });
  });
});

describe('an override', () => {
  it('survives a restart with what is left of it, even when the wall clock was set back', async () => {
    const { clock, personOverrides } = setUp();
    personOverrides.set('alice', 'dnd', 60_000);
    await clock.advance(20_000);
    const stored = personOverrides.snapshot();
    personOverrides.stop();
    clock.jump(-3_600_000);
    const again = createOverrides<Status>({ clock, stored });
    await clock.advance(59_000);
    expect(again.get('alice')?.value).toBe('dnd');
    await clock.advance(1_000);
    expect(again.get('alice')).toBeUndefined();
    clock.jump(7_200_000);
    expect(createOverrides<Status>({ clock, stored }).get('alice')).toBeUndefined();
  });
});

describe('a command on a topic', () => {
  function reader() {
    const { control, light, clock } = setUp();
    const answers: [string, unknown][] = [];
    const lines: string[] = [];
    const read = createCommandReader({
      base: 'doorlight',
      clock,
      log: { debug() {}, info() {}, error() {}, warn: (line) => lines.push(line) },
      ends: {
        run: (command, value) =>
          command.what === 'request'
            ? control.request(command.name, value)
            : control.setLight(command.id, value),
        transactionOf,
        respond: (what, payload) => answers.push([what, payload]),
      },
    });
    const send = (topic: string, payload: string | Buffer, retain = false) =>
      read({ topic: `doorlight/${topic}`, payload: Buffer.from(payload as string), retain });
    return { send, answers, lines, light };
  }

  it('is answered with its transaction', () => {
    const { send, answers } = reader();
    send('bridge/request/health', '{"transaction":7}');
    expect(answers).toEqual([['health', { status: 'ok', data: { well: true }, transaction: 7 }]]);
  });

  it('is ignored when it is retained', () => {
    const { send, answers, lines, light } = reader();
    send('lights/door/set', 'OFF', true);
    expect([answers, light()]).toEqual([[], undefined]);
    expect(lines).toHaveLength(1);
  });

  it.each([Buffer.from([0xff, 0xfe]), '{', 'on'])('that is no JSON gets one answer: %j', (payload) => {
    const { send, answers, light } = reader();
    send('lights/door/set', payload);
    expect(answers).toMatchObject([['lights/door/set', { status: 'error' }]]);
    expect(light()).toBeUndefined();
  });

  it('that is wrong a thousand times fills no log', () => {
    const { send, lines } = reader();
    for (let count = 0; count < 1_000; count++) send('lights/door/set', '{');
    expect(lines.length).toBeLessThan(20);
  });
});
