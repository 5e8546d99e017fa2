import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createQuiet,
  daysOf,
  instantOf,
  localDay,
  localMinutes,
  minutesOf,
  type QuietRule,
  spansOf,
} from '../../bridge/lighting/quiet.ts';

const hourMs = 3_600_000;
const everyDay = daysOf(['mon-sun'])!;
const rule = (dark: string, more: Partial<QuietRule> = {}): QuietRule => {
  const [from, to] = dark.split('-').map((text) => minutesOf(text)!) as [number, number];
  return { zone: 'Europe/Berlin', days: everyDay, from, to, ...more };
};
const dark = (quiet: QuietRule, at: string) => createQuiet(quiet).isDark(Date.parse(at));

describe('quiet hours', () => {
  it('belong to the day on which they start', () => {
    const workdays = rule('19:00-07:30', { days: daysOf(['mon-fri'])! });
    // 2026-11-27 is a Friday; Berlin is UTC+1 in winter.
    expect(dark(workdays, '2026-11-27T17:59:59Z')).toBe(false);
    expect(dark(workdays, '2026-11-27T18:00:00Z')).toBe(true);
    expect(dark(workdays, '2026-11-28T06:29:00Z')).toBe(true);
    expect(dark(workdays, '2026-11-28T06:30:00Z')).toBe(false);
    expect(dark(workdays, '2026-11-28T20:00:00Z')).toBe(false);
    expect(dark(workdays, '2026-11-30T05:00:00Z')).toBe(false);
  });

  it('are a state: asked in any order, and after a leap of the clock, they answer alike', () => {
    const quiet = createQuiet(rule('19:00-07:30'));
    const times = [
      '2026-11-27T18:30:00Z',
      '2025-01-01T12:00:00Z',
      '2026-11-27T05:00:00Z',
      '2027-06-01T12:00:00Z',
    ];
    expect(times.map((at) => quiet.isDark(Date.parse(at)))).toEqual([true, false, true, false]);
  });

  it('keep to the clock on the wall over a change of daylight saving', () => {
    // 2026-03-29, Berlin: 02:00 becomes 03:00.
    expect(dark(rule('02:30-05:00'), '2026-03-29T00:59:00Z')).toBe(false);
    expect(dark(rule('02:30-05:00'), '2026-03-29T01:00:00Z')).toBe(true);
    expect(dark(rule('02:30-05:00'), '2026-03-29T03:00:00Z')).toBe(false);
    // 2026-10-25, Berlin: 03:00 becomes 02:00; dark ends at the first 02:30 and stays ended.
    expect(dark(rule('22:00-02:30'), '2026-10-25T00:29:00Z')).toBe(true);
    expect(dark(rule('22:00-02:30'), '2026-10-25T00:30:00Z')).toBe(false);
    expect(dark(rule('22:00-02:30'), '2026-10-25T01:10:00Z')).toBe(false);
  });

  it('take a holiday as dark from midnight to midnight', () => {
    const isHoliday = ({ month, day }: { month: number; day: number }) => month === 12 && day === 25;
    const holidays = rule('22:00-06:00', { days: new Set(), isHoliday });
    expect(dark(holidays, '2026-12-24T22:59:00Z')).toBe(false);
    expect(dark(holidays, '2026-12-24T23:00:00Z')).toBe(true);
    expect(dark(holidays, '2026-12-25T22:59:00Z')).toBe(true);
    expect(dark(holidays, '2026-12-25T23:00:00Z')).toBe(false);
  });

  it('can be a whole day', () => {
    const weekend = rule('00:00-24:00', { days: daysOf(['sat', 'sun'])! });
    expect(dark(weekend, '2026-11-28T12:00:00Z')).toBe(true);
    expect(dark(weekend, '2026-11-29T22:59:00Z')).toBe(true);
    expect(dark(weekend, '2026-11-29T23:00:00Z')).toBe(false);
  });

  it.each(['mon-', 'monday', 'mon-fri-sun', ''])('know no day %j', (word) =>
    expect(daysOf([word])).toBeUndefined(),
  );
  it.each(['7:30', '24:01', '12:60', 'noon'])('know no time %j', (text) =>
    expect(minutesOf(text)).toBeUndefined(),
  );
});

/** Every moment of 2026 to 2028 at which a zone's clocks change, found by looking each four days and then halving. */
function changesOf(zone: string): number[] {
  const offset = (at: number) => {
    const day = localDay(zone, at);
    return (
      Date.UTC(day.year, day.month - 1, day.day) +
      localMinutes(zone, at) * 60_000 -
      Math.floor(at / 60_000) * 60_000
    );
  };
  const changes: number[] = [];
  const end = Date.UTC(2029, 0, 1);
  let before = offset(Date.UTC(2026, 0, 1));
  for (let at = Date.UTC(2026, 0, 1); at < end; at += 96 * hourMs) {
    const now = offset(at);
    if (now !== before) {
      let [low, high] = [at - 96 * hourMs, at];
      while (high - low > 60_000) {
        const middle = Math.floor((low + high) / 2 / 60_000) * 60_000;
        if (offset(middle) === now) high = middle;
        else low = middle;
      }
      changes.push(high);
    }
    before = now;
  }
  return changes;
}

describe('every change of every IANA zone from 2026 to 2028', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  const changes = zones.flatMap((zone) => changesOf(zone).map((at) => ({ zone, at })));

  it('was found', () => {
    expect(zones.length).toBeGreaterThan(400);
    // 780 in 130 zones by tzdata 2025c, as zdump(8) lists them.
    expect(new Set(changes.map(({ zone }) => zone)).size).toBeGreaterThan(110);
    expect(changes.length).toBeGreaterThan(650);
    const berlin = changes
      .filter(({ zone }) => zone === 'Europe/Berlin')
      .map(({ at }) => new Date(at).toISOString());
    expect(berlin.map((at) => at.slice(0, 16))).toEqual([
      ...['2026-03-29T01:00', '2026-10-25T01:00', '2027-03-28T01:00', '2027-10-31T01:00'],
      ...['2028-03-26T01:00', '2028-10-29T01:00'],
    ]);
  });

  it('leaves each span with one beginning and one end, at the right time on the wall', () => {
    for (const { zone, at } of changes) {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 1439 }), (from, to) => {
          const quiet: QuietRule = { zone, days: everyDay, from, to };
          for (const shift of [-24, 0, 24]) {
            const day = localDay(zone, at + shift * hourMs);
            const [span] = spansOf(quiet, day);
            if (!span) continue;
            for (const [edge, minutes] of [
              [span.from, from],
              [span.until, to],
            ] as const) {
              // On the wall it is the time, or later where it was skipped.
              const shown = localMinutes(zone, edge);
              const leapt = Math.abs(edge - at) < 60_000;
              if (!leapt) expect([zone, shown]).toEqual([zone, minutes]);
              else expect((shown - minutes + 1440) % 1440).toBeLessThanOrEqual(120);
            }
          }
          // What is asked step by step agrees with the spans, and changes at their edges only.
          const asked = createQuiet(quiet);
          const spans = [-48, -36, -24, -12, 0, 12, 24, 36, 48].flatMap((shift) =>
            spansOf(quiet, localDay(zone, at + shift * hourMs)),
          );
          for (const step of [-90, -61, -60, -31, -1, 0, 1, 29, 30, 59, 60, 90]) {
            const moment = at + step * 60_000;
            const inside = spans.some((span) => span.from <= moment && moment < span.until);
            expect([zone, moment, asked.isDark(moment)]).toEqual([zone, moment, inside]);
          }
        }),
        { numRuns: 4 },
      );
    }
  }, 120_000);

  it('puts midnight on the first moment of its day', () => {
    for (const { zone, at } of changes) {
      for (const shift of [0, 24]) {
        const day = localDay(zone, at + shift * hourMs);
        const midnight = instantOf(zone, day, 0);
        expect(localDay(zone, midnight)).toEqual(day);
        expect(localDay(zone, midnight - 60_000)).not.toEqual(day);
      }
    }
  });
});
