import { describe, expect, it } from 'vitest';
import { combined } from '../../bridge/lighting/combine.ts';
import { createDirector, type DirectedLight } from '../../bridge/lighting/director.ts';
import { looksWith } from '../../bridge/lighting/looks.ts';
import type { Show } from '../../protocol/show.ts';
import type { Status } from '../../protocol/status.ts';
import { createFakeClock } from '../fake-clock.ts';

const looks = looksWith({});
const on = (r: number, g: number, b: number, effect: string, brightness = 255) => ({
  state: 'ON',
  color_mode: 'rgb',
  color: { r, g, b },
  brightness,
  effect,
});

function setUp(lights: Partial<DirectedLight>[]) {
  const clock = createFakeClock();
  const statuses = new Map<string, Status>();
  const shows: [string, Show][] = [];
  const seqs: number[] = [];
  const asked: string[] = [];
  const director = createDirector({
    clock,
    lights: lights.map((light, index) => ({
      id: `light-${index}`,
      shows: [],
      combine: 'busiest',
      brightness: 1,
      ...light,
    })),
    looks,
    status(person) {
      asked.push(person);
      return statuses.get(person) ?? 'unknown';
    },
    onShow: (light, show) => shows.push([light, show]),
    onAlive: (seq) => seqs.push(seq),
  });
  return { clock, statuses, shows, seqs, asked, director };
}

describe('the looks', () => {
  it.each([
    ['available', on(0, 255, 0, 'solid')],
    ['busy', on(255, 0, 0, 'solid')],
    ['meeting', on(255, 0, 0, 'solid')],
    ['call', on(255, 0, 0, 'pulse')],
    ['presenting', on(255, 0, 0, 'blink-slow')],
    ['dnd', on(255, 0, 0, 'blink-slow')],
    ['focusing', on(255, 0, 0, 'blink-slow')],
    ['away', on(255, 191, 0, 'solid')],
    ['brb', on(255, 191, 0, 'solid')],
    ['offline', { state: 'OFF' }],
    ['ooo', on(160, 0, 255, 'solid')],
    ['unknown', on(32, 64, 255, 'breathe')],
  ] as const)('%s', (status, show) => {
    expect(combined('busiest', [status], looks, 1)).toEqual(show);
  });

  it('can be changed key by key', () => {
    const changed = looksWith({ call: { color: '#ff00ff' } });
    expect(combined('busiest', ['call'], changed, 0.5)).toEqual(on(255, 0, 255, 'pulse', 128));
    expect(combined('busiest', ['busy'], changed, 1)).toEqual(on(255, 0, 0, 'solid'));
  });
});

describe('several people on one light', () => {
  it('shows the busiest, unknown before whoever is free', () => {
    expect(combined('busiest', ['available', 'call', 'away'], looks, 1)).toEqual(on(255, 0, 0, 'pulse'));
    expect(combined('busiest', ['available', 'unknown'], looks, 1)).toEqual(on(32, 64, 255, 'breathe'));
  });

  it('shows the first', () => {
    expect(combined('first', ['available', 'call'], looks, 1)).toEqual(on(0, 255, 0, 'solid'));
  });

  it('shows all as segments', () => {
    const show = combined('all', ['call', 'offline', 'available'], looks, 1);
    expect(show).toMatchObject({
      ...on(255, 0, 0, 'pulse'),
      segments: [{ effect: 'pulse' }, { effect: 'off', brightness: 0 }, { color: { r: 0, g: 255, b: 0 } }],
    });
    expect(combined('all', ['offline', 'offline'], looks, 1)).toEqual({ state: 'OFF' });
  });

  it.each([6, 8, 9, 40])(
    'lets the busiest of %i people speak for all when segments would be too long',
    (count) => {
      const people = Array.from({ length: count }, () => 'presenting' as const);
      const show = combined('all', people, looks, 1);
      expect(show).toEqual(on(255, 0, 0, 'blink-slow'));
      expect(JSON.stringify(combined('all', people.slice(0, 5), looks, 1)).length).toBeLessThanOrEqual(500);
    },
  );

  it('never shows unknown darker than a tenth', () => {
    expect(combined('busiest', ['unknown'], looks, 0)).toEqual(on(32, 64, 255, 'breathe', 26));
    expect(combined('busiest', ['busy'], looks, 0)).toMatchObject({ brightness: 0 });
  });

  it('shows unknown for nobody', () => {
    expect(combined('busiest', [], looks, 1)).toEqual(on(32, 64, 255, 'breathe'));
  });
});

describe('the director', () => {
  it('shows unknown first, then each change once', () => {
    const { director, statuses, shows } = setUp([{ shows: ['alice'] }]);
    director.start();
    statuses.set('alice', 'call');
    director.personChanged('alice');
    director.personChanged('alice');
    expect(shows).toEqual([
      ['light-0', on(32, 64, 255, 'breathe')],
      ['light-0', on(255, 0, 0, 'pulse')],
    ]);
  });

  it('looks only at the lights of the person who changed', () => {
    const { director, asked } = setUp(
      Array.from({ length: 500 }, (_, index) => ({ shows: [`person-${index}`] })),
    );
    director.start();
    asked.length = 0;
    director.personChanged('person-7');
    expect(asked).toEqual(['person-7']);
  });

  it('says that it is alive each 10 s, after it has looked at every light', async () => {
    const { director, clock, seqs, statuses, shows } = setUp([{ shows: ['alice'] }]);
    director.start();
    expect(seqs).toEqual([1]);
    statuses.set('alice', 'available');
    await clock.advance(10_000);
    expect(seqs).toEqual([1, 2]);
    expect(shows.at(-1)?.[1]).toEqual(on(0, 255, 0, 'solid'));
    director.stop();
    await clock.advance(60_000);
    expect(seqs).toEqual([1, 2]);
  });

  it('says so soon when lights come online, once for all that come together', async () => {
    const { director, clock, seqs } = setUp([{}, {}]);
    director.start();
    director.lightOnline();
    director.lightOnline();
    await clock.advance(1_000);
    expect(seqs).toEqual([1, 2]);
  });
});
