/**
 * Dark times (`quiet:` in the configuration) as a state and not an event: whatever happened meanwhile, a restart or a
 * clock set right, the answer depends on the time alone. Time zones and daylight saving come from Intl.
 */

const minuteMs = 60_000;
const dayMs = 86_400_000;

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export interface QuietRule {
  /** IANA */
  zone: string;
  /** Days on which a span starts, 0 = Sunday. */
  days: ReadonlySet<number>;
  /** Minutes of the day; `to` at or before `from` is on the next day. */
  from: number;
  to: number;
  /** Whether a day is a holiday, which is dark from midnight to midnight. */
  isHoliday?: (day: Day) => boolean;
}

/** A day of a calendar, as minutes know none: months from 1 to 12. */
export interface Day {
  year: number;
  month: number;
  day: number;
}

export interface Quiet {
  isDark(now: number): boolean;
}

/** The days of `mon-fri`, `sat` and the like, 0 = Sunday; nothing when a word is none. */
export function daysOf(words: readonly string[]): ReadonlySet<number> | undefined {
  const days = new Set<number>();
  for (const word of words) {
    const [first, last = first, ...rest] = word.toLowerCase().split('-');
    const from = weekdays.indexOf(first as (typeof weekdays)[number]);
    const to = weekdays.indexOf(last as (typeof weekdays)[number]);
    if (from < 0 || to < 0 || rest.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return days;
}

/** Minutes of the day of `HH:MM`, 24:00 included; nothing when it is none. */
export function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  return total <= 24 * 60 ? total : undefined;
}

/** Whether it is dark by this rule; the answer is worked out anew only where it can have changed. */
export function createQuiet(rule: QuietRule): Quiet {
  let known = { from: 0, until: 0, dark: false };

  function look(now: number): typeof known {
    const today = localDay(rule.zone, now);
    // A span of yesterday may reach into today; and tomorrow's bounds how long the answer holds.
    const spans = [-1, 0, 1].flatMap((shift) => spansOf(rule, shifted(today, shift)));
    const dark = spans.find((span) => span.from <= now && now < span.until);
    const from = Math.max(now - dayMs, ...spans.flatMap(edges).filter((edge) => edge <= now));
    const until = Math.min(now + dayMs, ...spans.flatMap(edges).filter((edge) => edge > now));
    return { from, until, dark: dark !== undefined };
  }

  return {
    isDark(now) {
      if (now < known.from || now >= known.until) known = look(now);
      return known.dark;
    },
  };
}

interface Span {
  from: number;
  until: number;
}

const edges = ({ from, until }: Span): number[] => [from, until];

/** The dark spans that belong to a day: that which starts on it, and all of it when it is a holiday. */
export function spansOf(rule: QuietRule, day: Day): Span[] {
  const { zone, from, to } = rule;
  const at = (of: Day, minutes: number) => instantOf(zone, of, minutes);
  const next = shifted(day, 1);
  const spans: Span[] = [];
  if (rule.days.has(weekdayOf(day))) {
    spans.push({ from: at(day, from), until: to > from ? at(day, to) : at(next, to) });
  }
  if (rule.isHoliday?.(day)) spans.push({ from: at(day, 0), until: at(next, 0) });
  return spans.filter((span) => span.until > span.from);
}

/**
 * The first moment at which a clock on the wall there shows this time or a later one: when an hour is skipped the
 * moment of the leap, when an hour comes twice the first of the two.
 */
export function instantOf(zone: string, day: Day, minutes: number): number {
  const wall = Date.UTC(day.year, day.month - 1, day.day) + minutes * minuteMs;
  const before = offsetOf(zone, wall - dayMs);
  const after = offsetOf(zone, wall + dayMs);
  const [early, late] = [wall - Math.max(before, after), wall - Math.min(before, after)] as const;
  if (early + offsetOf(zone, early) === wall) return early;
  if (late + offsetOf(zone, late) === wall) return late;
  // Nobody's clock showed it: the leap is between the two.
  let [low, high] = [early, late];
  while (high - low > minuteMs) {
    const middle = Math.floor((low + high) / 2 / minuteMs) * minuteMs;
    if (middle + offsetOf(zone, middle) >= wall) high = middle;
    else low = middle;
  }
  return high;
}

/** The day on a calendar there. */
export function localDay(zone: string, now: number): Day {
  const wall = new Date(now + offsetOf(zone, now));
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() };
}

/** Minutes of the day on a clock there. */
export function localMinutes(zone: string, now: number): number {
  const wall = new Date(now + offsetOf(zone, now));
  return wall.getUTCHours() * 60 + wall.getUTCMinutes();
}

function shifted({ year, month, day }: Day, days: number): Day {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

const weekdayOf = ({ year, month, day }: Day): number => new Date(Date.UTC(year, month - 1, day)).getUTCDay();

const formats = new Map<string, Intl.DateTimeFormat>();

/** Ms that clocks there are ahead of UTC. */
function offsetOf(zone: string, now: number): number {
  let format = formats.get(zone);
  if (!format) {
    const numeric = 'numeric' as const;
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
    });
    formats.set(zone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(now)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return wall - Math.floor(now / 1000) * 1000;
}
