/** What a lamp is told when it is flashed: the file `settings` in Espruino's Storage. */
import { defaultTiming, type Timing } from './timing.ts';

export interface Leds {
  type: 'ws2812';
  /** GPIO number */
  pin: number;
  count: number;
  order: 'grb' | 'rgb';
  /** 0 to 1: how bright full light is on this strip. */
  brightness: number;
}

export interface Settings {
  id: string;
  /** The lamp's key as shown to the user: used as text, not decoded. */
  key: string;
  ssid?: string;
  password?: string;
  /** Where the bridge is; without it the lamp asks by broadcast. */
  bridge?: string;
  probePort: number;
  baseTopic: string;
  leds: Leds;
  timing: Timing;
}

/** `given` over `defaults`, for the keys that the defaults know. */
function over<T extends object>(defaults: T, given: unknown): T {
  const from: Partial<T> = given && typeof given === 'object' ? given : {};
  const result: Partial<T> = {};
  for (const name of Object.keys(defaults)) {
    const key = name as keyof T;
    const value = from[key];
    result[key] = typeof value === typeof defaults[key] ? value : defaults[key];
  }
  return result as T;
}

const defaultLeds: Leds = { type: 'ws2812', pin: 13, count: 12, order: 'grb', brightness: 1 };

/** More would take longer to draw than a frame lasts. */
const mostLeds = 150;

/** The settings; `id` and `key` are empty when nobody has set the lamp up yet. */
export function readSettings(): Settings {
  const given = require('Storage').readJSON('settings', true) as Partial<Settings> | undefined;
  const file = given && typeof given === 'object' ? given : {};
  const settings: Settings = {
    id: '',
    key: '',
    probePort: 41883,
    baseTopic: 'doorlight',
    leds: over(defaultLeds, file.leds),
    timing: over(defaultTiming, file.timing),
  };
  const leds = settings.leds;
  leds.count = Math.max(1, Math.min(leds.count | 0, mostLeds));
  leds.brightness = Math.max(0, Math.min(leds.brightness, 1));
  if (typeof file.id === 'string') settings.id = file.id;
  if (typeof file.key === 'string') settings.key = file.key;
  if (typeof file.ssid === 'string') settings.ssid = file.ssid;
  if (typeof file.password === 'string') settings.password = file.password;
  if (typeof file.bridge === 'string') settings.bridge = file.bridge;
  if (typeof file.probePort === 'number') settings.probePort = file.probePort;
  if (typeof file.baseTopic === 'string') settings.baseTopic = file.baseTopic;
  return settings;
}
