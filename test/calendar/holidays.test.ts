import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { followHolidays, holidaysOf } from '../../bridge/calendar/holidays.ts';

const calendar = (...events: string[]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//contoso//holidays//EN',
    ...events.map((event, index) => `BEGIN:VEVENT\nUID:${index}\n${event}\nEND:VEVENT`),
    'END:VCALENDAR',
  ]
    .join('\n')
    .replaceAll('\n', '\r\n');
const day = (text: string) => {
  const [year, month, of] = text.split('-').map(Number) as [number, number, number];
  return { year, month, day: of };
};

describe('holidays of an iCalendar file', () => {
  const isHoliday = holidaysOf(
    calendar(
      'DTSTART;VALUE=DATE:20201225\nDTEND;VALUE=DATE:20201227\nRRULE:FREQ=YEARLY\nSUMMARY:Christmas',
      'DTSTART;VALUE=DATE:20261231\nDTEND;VALUE=DATE:20270103\nSUMMARY:New year',
      'DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20260501\nEXDATE;VALUE=DATE:20250501\nSUMMARY:May',
      'DTSTART:20260610T090000Z\nDTEND:20260610T100000Z\nSUMMARY:An appointment',
      'DTSTART;VALUE=DATE:20260611\nSTATUS:CANCELLED\nSUMMARY:Not this year',
    ),
    'test.ics',
  );

  it.each(['2026-12-25', '2026-12-26', '2028-12-25', '2026-12-31', '2027-01-01', '2027-01-02', '2026-05-01'])(
    '%s is one',
    (text) => expect(isHoliday(day(text))).toBe(true),
  );
  it.each(['2026-12-24', '2026-12-27', '2027-01-03', '2025-05-01', '2027-05-01', '2026-06-10', '2026-06-11'])(
    '%s is none',
    (text) => expect(isHoliday(day(text))).toBe(false),
  );
  it.each(['', 'hello', 'BEGIN:VCALENDAR', 'BEGIN:VEVENT\r\nEND:VEVENT'])('refuses %j in words', (text) =>
    expect(() => holidaysOf(text, 'x.ics')).toThrow('x.ics is no iCalendar file'),
  );
  it.each(['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=SECONDLY', 'FREQ=DAILY;INTERVAL=7;BYDAY=MO'])(
    'refuses %s, which has no end or makes no sense, in words',
    (rule) => {
      // 2020-01-01 is a Wednesday.
      const text = calendar(`DTSTART;VALUE=DATE:20200101\nRRULE:${rule}`);
      expect(() => holidaysOf(text, 'x.ics')).toThrow('x.ics has a repetition that cannot be worked out');
    },
  );
});

it('is followed while its file changes, and keeps its days while the file is bad or away', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-holidays-'));
  const file = join(folder, 'h.ics');
  writeFileSync(file, calendar('DTSTART;VALUE=DATE:20261224'));
  const isHoliday = followHolidays(file);
  expect([isHoliday(day('2026-12-24')), isHoliday(day('2026-11-24'))]).toEqual([true, false]);
  writeFileSync(file, calendar('DTSTART;VALUE=DATE:20261124', 'DTSTART;VALUE=DATE:20261125'));
  expect([isHoliday(day('2026-12-24')), isHoliday(day('2026-11-24'))]).toEqual([false, true]);
  writeFileSync(file, 'half');
  expect(isHoliday(day('2026-11-24'))).toBe(true);
  rmSync(folder, { recursive: true });
  expect(isHoliday(day('2026-11-24'))).toBe(true);
});
