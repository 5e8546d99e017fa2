/** Holidays from an iCalendar file (RFC 5545): its events of whole days, repeated as they say. */
import { readFileSync, statSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import ICAL from 'ical.js';

/** More in a file, or a repetition that goes on for longer, is no list of holidays. */
const mostBytes = 2 * 1024 * 1024;
const mostOccurrences = 5_000;
const lastYear = 2100;
const mostMs = 2_000;

export interface Day {
  year: number;
  month: number;
  day: number;
}

export type IsHoliday = (day: Day) => boolean;

/** @throws Error in words for who wrote the configuration */
export function readHolidays(file: string): IsHoliday {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be read (${code}): check the path and its permissions`);
  }
  return holidaysOf(text, file);
}

/** The same, and again whenever the file is another; one that went bad or away leaves the last good days. @throws Error */
export function followHolidays(file: string): IsHoliday {
  let stamp = stampOf(file);
  let current = readHolidays(file);
  return (day) => {
    const now = stampOf(file);
    if (now !== stamp) {
      stamp = now;
      try {
        current = readHolidays(file);
      } catch {
        // Said when the configuration is checked; a holiday must not end because its file is being written.
      }
    }
    return current(day);
  };
}

function stampOf(file: string): string {
  const { mtimeMs = 0, size = 0, ino = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs} ${size} ${ino}`;
}

/** The same of a text; `name` is said in errors. @throws Error */
export function holidaysOf(text: string, name: string): IsHoliday {
  if (text.length > mostBytes) throw new Error(`${name} is too long for a list of holidays`);
  let events: ICAL.Event[];
  try {
    const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
    if (calendar.name !== 'vcalendar') throw new Error('no VCALENDAR');
    events = calendar.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event));
  } catch {
    throw new Error(`${name} is no iCalendar file`);
  }
  // What happens at an hour is an appointment.
  const holidays = events.filter((event) => event.startDate?.isDate && !isCancelled(event));
  const days = daysOf(holidays, name);
  return (day) => days.has(keyOf(day));
}

const isCancelled = (event: ICAL.Event): boolean =>
  String(event.component.getFirstPropertyValue('status') ?? '').toUpperCase() === 'CANCELLED';

/**
 * Every day of them until `lastYear`. A rule that names no day at all (each 30th of February) would be looked for without
 * an end, so the work is cut off from outside. @throws Error
 */
function daysOf(events: readonly ICAL.Event[], name: string): ReadonlySet<string> {
  const days = new Set<string>();
  const work = () => {
    for (const event of events) addDaysOf(event, days);
  };
  try {
    runInNewContext('work()', { work }, { timeout: mostMs });
  } catch {
    throw new Error(`${name} has a repetition that cannot be worked out`);
  }
  return days;
}

function addDaysOf(event: ICAL.Event, days: Set<string>): void {
  const length = Math.max(1, Math.round(event.duration.toSeconds() / 86_400));
  const starts = event.iterator();
  for (let count = 0; count < mostOccurrences; count++) {
    const start = starts.next() as ICAL.Time | null;
    if (!start || start.year > lastYear) break;
    for (let after = 0; after < Math.min(length, 366); after++) {
      days.add(keyOf({ year: start.year, month: start.month, day: start.day + after }));
    }
  }
}

const keyOf = ({ year, month, day }: Day): string =>
  new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
