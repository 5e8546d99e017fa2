/** Every text of the page, in English. */

import type { HealthPayload, LightView, PersonView } from '../../../protocol/payloads.ts';
import type { Show, ShowOn } from '../../../protocol/show.ts';
import type { Effect, Status } from '../../../protocol/status.ts';
import type { GraphPresence } from './api.ts';

export const statusWords: Readonly<Record<Status, string>> = {
  available: 'Available',
  busy: 'Busy',
  call: 'In a call',
  meeting: 'In a meeting',
  presenting: 'Presenting',
  dnd: 'Do not disturb',
  focusing: 'Focusing',
  away: 'Away',
  brb: 'Be right back',
  offline: 'Offline',
  ooo: 'Out of office',
  unknown: 'Unknown',
};

/** What a demo can set, in Graph's words (Microsoft Graph, resource type `presence`). */
export const demoPresences: ReadonlyArray<GraphPresence & { status: Status }> = [
  { status: 'available', availability: 'Available', activity: 'Available', outOfOffice: false },
  { status: 'busy', availability: 'Busy', activity: 'Busy', outOfOffice: false },
  { status: 'call', availability: 'Busy', activity: 'InACall', outOfOffice: false },
  { status: 'meeting', availability: 'Busy', activity: 'InAMeeting', outOfOffice: false },
  { status: 'presenting', availability: 'DoNotDisturb', activity: 'Presenting', outOfOffice: false },
  { status: 'dnd', availability: 'DoNotDisturb', activity: 'DoNotDisturb', outOfOffice: false },
  { status: 'away', availability: 'Away', activity: 'Away', outOfOffice: false },
  { status: 'brb', availability: 'BeRightBack', activity: 'BeRightBack', outOfOffice: false },
  { status: 'offline', availability: 'Offline', activity: 'OffWork', outOfOffice: false },
  { status: 'ooo', availability: 'Available', activity: 'OutOfOffice', outOfOffice: true },
];

const kindWords: Readonly<Record<string, string>> = {
  espruino: 'ESP32 lamp',
  serial: 'USB light',
  hid: 'USB light',
  wled: 'WLED strip',
  tasmota: 'Tasmota lamp',
  zigbee2mqtt: 'Zigbee lamp',
  esphome: 'ESPHome lamp',
  page: 'Screen as a lamp',
};

const classWords: Readonly<Record<LightView['class'], string>> = {
  own: 'turns blue by itself if the bridge is gone',
  timer: 'goes out by itself if the bridge is gone',
  host: 'goes out when the bridge stops',
};

const effectWords: Readonly<Record<Effect, string>> = {
  solid: 'steady',
  off: 'dark',
  pulse: 'pulsing',
  breathe: 'breathing',
  blink: 'blinking',
  'blink-slow': 'blinking slowly',
  spin: 'circling',
  identify: 'flashing to be found',
};

export const sourceWords: Readonly<Record<HealthPayload['source'], string>> = {
  push: 'Teams tells us',
  poll: 'we ask Teams',
  none: 'no word from Teams',
};

export const signInWords: Readonly<Record<HealthPayload['signIn'], string>> = {
  ok: 'signed in',
  needed: 'sign-in to Microsoft needed',
  expiring: 'sign-in to Microsoft ends soon',
};

export function kindLine(light: LightView): string {
  return `${kindWords[light.kind] ?? light.kind} – ${classWords[light.class]}`;
}

/** `10:42`, with the day in front where it was not today. */
export function clockTime(stamp: string | number, now: number): string {
  const date = new Date(stamp);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })}, ${time}`;
}

function duration(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440)
    return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
  const days = Math.floor(minutes / 1440);
  return days === 1 ? '1 day' : `${days} days`;
}

/** The line below a person's status: since when, or how long there has been no word. */
export function sinceLine(person: PersonView, now: number): string {
  if (!person.fresh)
    return person.checkedAt
      ? `no word from Teams since ${clockTime(person.checkedAt, now)}`
      : 'no word from Teams yet';
  if (person.override) return `set by hand until ${clockTime(person.override.until, now)}`;
  if (!person.since) return '';
  return `since ${clockTime(person.since, now)} (${duration(now - Date.parse(person.since))})`;
}

/** A colour's everyday name, by hue. */
function colorName({ color: { r, g, b } }: ShowOn): string {
  const max = Math.max(r, g, b);
  const min = Math.min(r, g, b);
  if (max === 0) return 'dark';
  if (max - min < max / 5) return 'white';
  const sector =
    max === r ? (g - b) / (max - min) : max === g ? 2 + (b - r) / (max - min) : 4 + (r - g) / (max - min);
  const hue = (sector * 60 + 360) % 360;
  const names: Array<[number, string]> = [
    [15, 'red'],
    [40, 'orange'],
    [55, 'amber'],
    [70, 'yellow'],
    [165, 'green'],
    [200, 'cyan'],
    [255, 'blue'],
    [295, 'purple'],
    [340, 'pink'],
  ];
  return names.find(([below]) => hue < below)?.[1] ?? 'red';
}

/** What a light shows in words: `red, pulsing`. */
export function lookWords(show: Show): string {
  if (show.state === 'OFF' || show.effect === 'off' || show.brightness === 0) return 'dark';
  return show.segments ? 'several colours' : `${colorName(show)}, ${effectWords[show.effect]}`;
}

/** The first name, for buttons. */
export function firstName(person: PersonView): string {
  return person.name.split(' ')[0] || person.name;
}

export const words = {
  title: 'Doorlight',
  demo: 'demo',
  opening: 'Opening …',
  lost: (at: string) => `No connection since ${at}`,
  noConnection: 'No connection',
  lastSeen: (person: PersonView, now: number) =>
    `last seen: ${statusWords[person.status].toLowerCase()}${person.since ? `, ${clockTime(person.since, now)}` : ''}`,
  offline: 'offline',
  silent: 'says nothing yet',
  wants: (show: Show) => `wants ${lookWords(show)}`,
  setByHand: (until: string) => `set by hand until ${until}`,
  lamp: (text: string) => `Lamp: ${text}`,
  noLights: 'No lights yet. Add the first with: doorlight light add',
  noDoor: 'Without a light',
  makeCall: (person: PersonView) => `Make ${firstName(person)} call`,
  endCall: (person: PersonView) => `End ${firstName(person)}’s call`,
  otherPresence: (person: PersonView) => `Set ${firstName(person)}’s presence`,
  waiting: 'sent, on its way …',
  notSeen: 'Sent, but Teams has not reported it yet.',
  lights: (online: number, total: number) => `${online} of ${total} lights on line`,
  signIn: 'Sign in',
  claim: 'Make it yours',
  claimHint: 'The code is in Doorlight’s log.',
  code: 'Code',
  password: 'Password',
  newPassword: 'New password',
} as const;
