import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paceOf } from '../../bridge/graph/pace.ts';
import { spread } from '../../bridge/graph/spread.ts';

const ids = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `person-${from + index}`);
const accounts = ['one', 'two', 'three', 'four'];
const load = (places: Map<string, string>) =>
  accounts.map((account) => [...places.values()].filter((each) => each === account).length);

describe('spreading people over accounts', () => {
  it('puts 2,000 people on four accounts, 650 at most on each', () => {
    const places = spread(new Map(), ids(2_000), accounts);
    expect(load(places)).toEqual([650, 650, 650, 50]);
  });

  it('leaves over who is too many', () => {
    expect(spread(new Map(), ids(2_601), accounts).size).toBe(2_600);
  });

  it('moves nobody who need not move', () => {
    const before = spread(new Map(), ids(2_000), accounts);
    const after = spread(before, [...ids(1_000, 500), ...ids(300, 5_000)], accounts);
    for (const id of ids(1_000, 500)) expect(after.get(id)).toBe(before.get(id));
    // All newcomers are with as few accounts as there is room.
    expect(new Set(ids(300, 5_000).map((id) => after.get(id)))).toEqual(new Set(['one']));
  });

  it('moves only those whose account is not good any more', () => {
    const before = spread(new Map(), ids(1_000), accounts);
    const after = spread(before, ids(1_000), ['one', 'three']);
    for (const [id, account] of before) {
      expect(after.get(id)).toBe(account === 'one' ? 'one' : 'three');
    }
  });

  it('never overfills, never loses whom there is room for, whatever comes and goes', () => {
    const step = fc.record({
      people: fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 50 }),
      good: fc.subarray(accounts),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
        let places = new Map<string, string>();
        for (const { people, good } of steps) {
          const before = places;
          const all = people.map(String);
          places = spread(before, all, good, 10);
          expect(places.size).toBe(Math.min(all.length, good.length * 10));
          for (const count of load(places)) expect(count).toBeLessThanOrEqual(10);
          for (const account of places.values()) expect(good).toContain(account);
        }
      }),
    );
  });
});

describe('the pace of polling', () => {
  const usual = { pollMs: 15_000, staleAfterMs: 120_000, anybodyThere: true };
  it.each([
    ['fast while something just changed', { ...usual, sinceChangeMs: 1_000 }, 5_000],
    ['as configured by day', { ...usual, sinceChangeMs: 3_600_000 }, 15_000],
    ['as configured soon after a change', { ...usual, sinceChangeMs: 600_000, anybodyThere: false }, 15_000],
    ['slow at night', { ...usual, sinceChangeMs: 3_600_000, anybodyThere: false }, 60_000],
    [
      'never over half of staleAfterSeconds',
      { pollMs: 15_000, staleAfterMs: 60_000, sinceChangeMs: 3_600_000, anybodyThere: false },
      30_000,
    ],
    ['never slower for being fast', { ...usual, pollMs: 2_000, sinceChangeMs: 0 }, 2_000],
  ] as const)('is %s', (_what, situation, expected) => {
    expect(paceOf(situation)).toBe(expected);
  });
});
