/** What is, in words of the page's language. */
import type { HealthPayload, LightView, PersonView } from '../../../../protocol/payloads.ts';
import type { Rgb, Show, ShowOn } from '../../../../protocol/show.ts';
import type { Status } from '../../../../protocol/status.ts';
import type { Refusal } from '../data/api.ts';
import { locale, t } from '../texts/texts.ts';

export function kindLine(light: LightView): string {
  return `${t.kinds[light.kind] ?? light.kind} – ${t.classes[light.class]}`;
}

/** `10:42`, with the day in front where it was not today. */
export function clockTime(stamp: string | number, now: number): string {
  const date = new Date(stamp);
  const time = date.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.toLocaleDateString(locale(), { weekday: 'short', day: 'numeric', month: 'short' })}, ${time}`;
}

/** A length of time in its largest two units; `ms` may be a little below 0, as clocks differ. */
export function duration(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return t.justNow;
  if (minutes < 60) return t.minutes(minutes);
  if (minutes < 1440) return t.hours(Math.floor(minutes / 60), minutes % 60);
  return t.days(Math.floor(minutes / 1440));
}

/** An age for freshness, where seconds count. */
export function age(seconds: number): string {
  return seconds < 90 ? t.secondsAgo(Math.max(0, Math.round(seconds))) : t.ago(duration(seconds * 1000));
}

/** The line below a person's status: since when, or how long there has been no word. */
export function sinceLine(person: PersonView, now: number): string {
  if (!person.fresh) return person.checkedAt ? t.noWordSince(clockTime(person.checkedAt, now)) : t.noWordYet;
  if (person.override) return t.setByHand(clockTime(person.override.until, now));
  if (!person.since) return '';
  return t.since(clockTime(person.since, now), duration(now - Date.parse(person.since)));
}

/** What was known when the connection went; nothing where that was nothing. */
export function lastSeen(person: PersonView, now: number): string {
  if (!person.fresh || person.status === 'unknown') return '';
  return t.lastSeen(t.statuses[person.status], person.since ? clockTime(person.since, now) : '');
}

/** Where a person's status comes from, and how long ago that was confirmed. */
export function freshLine(person: PersonView, health: HealthPayload | null, now: number): string {
  if (!person.fresh || !person.checkedAt) return t.from.none;
  const stamps = [person.checkedAt, health?.lastGraphContact ?? ''].map((stamp) => Date.parse(stamp) || 0);
  return `${t.from[person.source]}, ${age((now - Math.max(...stamps)) / 1000)}`;
}

export const statusOf = (person: PersonView): Status => (person.fresh ? person.status : 'unknown');

/** A colour's everyday name, by hue. */
export function colorName({ r, g, b }: Rgb): string {
  const max = Math.max(r, g, b);
  const min = Math.min(r, g, b);
  if (max === 0) return t.dark;
  if (max - min < max / 5) return t.white;
  const sector =
    max === r ? (g - b) / (max - min) : max === g ? 2 + (b - r) / (max - min) : 4 + (r - g) / (max - min);
  const hue = (sector * 60 + 360) % 360;
  const hues = [15, 40, 55, 70, 165, 200, 255, 295, 340];
  const at = hues.findIndex((below) => hue < below);
  return t.colors[at < 0 ? 0 : at]!;
}

/** What a light shows in words: `red, pulsing`. */
export function lookWords(show: Show): string {
  if (show.state === 'OFF' || show.effect === 'off' || show.brightness === 0) return t.dark;
  return show.segments ? t.severalColors : `${colorName(show.color)}, ${t.effects[show.effect]}`;
}

/** Whether somebody who looks at the lamp sees another thing than what it must show. */
export function differ(wanted: Show, shown: Show): boolean {
  if (wanted.state === 'OFF' || shown.state === 'OFF') return wanted.state !== shown.state;
  const look = ({ color: { r, g, b }, effect }: ShowOn) => [r, g, b, effect].join();
  return look(wanted) !== look(shown);
}

/** The first name, for buttons. */
export function firstName(person: PersonView): string {
  return person.name.split(' ')[0] || person.name;
}

/** A refusal as one sentence; the bridge's own words, or that it did not answer. */
export const refusalWords = (refusal: Refusal): string => (refusal.status === 0 ? t.noAnswer : refusal.error);

/** What the bridge says in the middle of a line of its log, as a sentence of its own. */
export const sentence = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
