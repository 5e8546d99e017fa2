/** What a lamp is told when it is flashed: the file `settings` in Espruino's Storage (protocol/lamp-admin.ts). */
import { lampFiles, settingsVersion } from '../protocol/lamp-admin.ts';
import { save, take } from './files.ts';
import { defaultTiming } from './timing.ts';

function defaultLeds() {
  return {
    type: 'ws2812',
    pin: 13,
    pins: [] as number[],
    count: 12,
    order: 'grb',
    maxMilliamps: 500,
    gamma: 2.2,
    common: 'cathode',
    active: 'high',
  };
}

/** LampLeds with the keys of every type. */
export type Leds = ReturnType<typeof defaultLeds>;

/** The settings in `given`; `id` and `key` are empty when nobody has set the lamp up yet. */
export function parseSettings(given: unknown) {
  let fault = '';

  /** `from` over `defaults`, for the keys that the defaults know, where the type is the same. */
  function over<T extends object>(defaults: T, from: unknown): T {
    const source = (from || {}) as Partial<T>;
    const result: Partial<T> = {};
    for (const name of Object.keys(defaults)) {
      const key = name as keyof T;
      const value = source[key];
      const old = defaults[key];
      result[key] = old;
      if (value === undefined || value === null) continue;
      if (typeof value === typeof old && Array.isArray(value) === Array.isArray(old)) result[key] = value;
      else fault = 'settings: ' + name;
    }
    return result as T;
  }

  const all = (given || {}) as { leds?: unknown; button?: unknown; setup?: unknown; timing?: unknown };
  const file = over(
    {
      v: settingsVersion as number,
      id: '',
      key: '',
      networks: [] as { ssid: string; password?: string }[],
      bridge: '',
      probePort: 41883,
      baseTopic: 'doorlight',
      username: '',
      password: '',
    },
    all,
  );
  if (file.v !== settingsVersion) fault = 'settings: v';
  return {
    file,
    leds: over(defaultLeds(), all.leds),
    /** A pin of -1 stands for no button. */
    button: over({ pin: -1, active: 'low' }, all.button),
    setup: over({ password: '' }, all.setup),
    timing: over(defaultTiming(), all.timing),
    /** What was wrong and is replaced by its default. */
    fault,
  };
}

export type Settings = ReturnType<typeof parseSettings>;

function parseText(text: string | undefined): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch (_) {
    return undefined;
  }
}

const spare = 'settings.old';

/** The settings to run with, and their text while they are only on trial. */
export function readSettings(): { settings: Settings; trial: string | undefined } {
  const storage = require('Storage');
  const trial = take(lampFiles.trial);
  const own = storage.read(lampFiles.settings);
  let given = parseText(trial) || parseText(own);
  const damaged = !given && !!own;
  // A plug that was pulled while the settings were written leaves the copy.
  if (!given) given = parseText(storage.read(spare));
  const settings = parseSettings(given);
  if (damaged) settings.fault = 'settings damaged';
  return { settings, trial };
}

/** Makes the settings of a trial the lamp's own; at each moment one good copy is whole. */
export function keepSettings(text: string): boolean {
  return save(spare, text, 0, 0) && save(lampFiles.settings, text, 0, 0);
}
