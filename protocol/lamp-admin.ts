/**
 * How a lamp of our own is looked after: the files in its Storage, its settings, and the signed messages that change
 * settings and firmware without a cable. Shared by `light flash`, the bridge and the firmware, so it is written in the
 * part of the language that Espruino runs. Text is ASCII, but for names and passwords, which are UTF-8 bytes.
 *
 * On a cable (`light flash`): write `lampFiles.app('a')`, `setup` and `settings`, then `boot` with the text `a`, and
 * `.bootcde` last; compare `E.CRC32(require("Storage").read(NAME))` with the CRC-32 of the text after each; `E.reboot()`.
 * The running app is stopped by Ctrl-C and `reset()`; its watchdog is not, so send `E.kickWatchdog()` at least each
 * 60 s. For the second after power-up in which the loader waits, `clearTimeout()` keeps the app from starting at all.
 *
 * Over the air, on `…/lights/<id>/config` and `…/update`, answered on `…/result`, none of it retained:
 *   1. Bridge: `{"hello":1}` on either topic. Lamp: `HelloResult` with a nonce, the same until it dials anew.
 *   2. Bridge: a signed message (`adminMessage`), its `n` above that of the last one on both topics. Lamp: `AnswerResult`
 *      with the same `n`; with `error` if refused. One at a time: the next message goes out after the answer.
 *   3. config: one `sealed` ConfigBody. The lamp restarts with the old settings and these over them; if it hears
 *      `bridge/alive` within a minute it says `{"kept":"config"}`, else it restarts with the old ones: `undone`.
 *   4. update: `begin`, the chunks in order (each answered with the offset that must come next), `end`. The lamp checks
 *      size and CRC-32 of what is in its Storage, answers, and restarts with the other app file; if it hears
 *      `bridge/alive` within two minutes it says `{"kept":"update"}`, else the old file runs again: `undone`.
 */

/** Slot of an app file: the one runs, the other takes the next update. */
export type Slot = 'a' | 'b';

export const lampFiles = {
  /** The loader, which Espruino runs at power-up. */
  loader: '.bootcde',
  /** The app, in one of two. */
  app: (slot: Slot): string => `app.${slot}`,
  /** The set-up network, read only while it is open; written by cable only. */
  setup: 'setup',
  /** LampSettings as JSON. */
  settings: 'settings',
  /** Settings to try once; the lamp erases them as it reads them, so that a crash brings the old ones back. */
  trial: 'settings.new',
  /** What to boot: the slot's letter and, while it is unconfirmed, how often it has been booted: `a`, `b0` … `b3`. */
  boot: 'boot',
  /** Why the lamp restarted itself, for the next start to tell. */
  reason: 'why',
  /** A count of starts, so that no nonce comes twice. */
  starts: 'boots',
} as const;

export const settingsVersion = 1;

export interface LampNetwork {
  ssid: string;
  /** WPA2, 8 to 63 bytes; none for an open network. */
  password?: string;
}

/** One LED strip or ring, one RGB LED, three plain LEDs, or the one on the board. Pins are GPIO numbers. */
export type LampLeds =
  | {
      type: 'ws2812';
      pin: number;
      /** 1 to 150 */
      count: number;
      order: 'grb' | 'rgb';
      /** What the strip may draw, in mA at 5 V; at least 4 per LED, or the LEDs that this is not enough for stay dark. */
      maxMilliamps: number;
      /** Exponent from a colour's bytes to its light, 1 to 3. */
      gamma: number;
    }
  | {
      type: 'rgb';
      pins: [red: number, green: number, blue: number];
      common: 'cathode' | 'anode';
      gamma: number;
    }
  | { type: 'traffic'; pins: [red: number, yellow: number, green: number]; active: 'high' | 'low' }
  | { type: 'onboard'; pin: number; active: 'high' | 'low' };

/** The file `settings`. What is missing or wrong in it counts as not given; without `id` and `key` the lamp waits. */
export interface LampSettings {
  v: typeof settingsVersion;
  id: string;
  /** The lamp's key as it was shown: ASCII, used as text, at most 64 characters. */
  key: string;
  /** At most 4, the favourite first. */
  networks: LampNetwork[];
  /** Where the bridge is probed; without it, or while it does not answer there, by broadcast. */
  bridge?: string;
  probePort: number;
  baseTopic: string;
  /** On a user's own broker: the plain account. Without, the lamp's id and its one-time password. */
  username?: string;
  password?: string;
  leds: LampLeds;
  /** A button to ground (`low` when pressed) or to 3.3 V (`high`). */
  button?: { pin: number; active: 'low' | 'high' };
  /** The password of the set-up network `Doorlight-<id>`, 8 to 63 characters; without one it never opens. */
  setup?: { password: string };
}

/** What a config message may change: whole keys, `null` removes one. Id and key change by cable only. */
export type ConfigBody = {
  [K in keyof Omit<LampSettings, 'v' | 'id' | 'key'>]?: LampSettings[K] | null;
};

/** The bodies of signed messages; `n` is in each. */
export type UpdateBody =
  | {
      n: number;
      begin: {
        version: string;
        /** bytes of the app */
        size: number;
        /** CRC-32 of the app, as an unsigned number */
        crc: number;
        /** As in the lamp's state, such as `ESP32`; another one is refused. */
        board: string;
        /** Takes an older version and another board, too. */
        force?: boolean;
      };
    }
  | { n: number; at: number; data: string }
  | { n: number; end: true };

/** `sealed`: the ConfigBody's JSON as UTF-8, sealed by `sealBlock`, in base64. */
export interface SealedBody {
  n: number;
  sealed: string;
}

export interface HelloResult {
  hello: string;
  fw: string;
  board: string;
  espruino: string;
  slot: Slot;
}

export interface AnswerResult {
  n: number;
  /** The offset that the next chunk must have. */
  at?: number;
  error?: string;
}

/** After the restart that a config or update message has led to. */
export type OutcomeResult =
  | { kept: 'config' | 'update'; fw: string }
  | { undone: 'config' | 'update'; fw: string; error?: string };

export type LampResult = HelloResult | AnswerResult | OutcomeResult;

/** How long new settings, and a new app, have until they hear the bridge, in ms. */
export const configTrialMs = 60_000;
export const updateTrialMs = 120_000;

/** The text under a signed message's MAC; `rest` is the payload after `{"mac":"<64 hex>",`. */
export function adminProof(word: 'config' | 'update', id: string, nonce: string, rest: string): string {
  return `${word}|${id}|${nonce}|${rest}`;
}

/** The text whose HMAC-SHA256 is the 32 bytes that the plain bytes `32 * block` and following are XORed with. */
export function sealBlock(id: string, nonce: string, n: number, block: number): string {
  return `seal|${id}|${nonce}|${n}|${block}`;
}

/** How a signed payload starts, and where its MAC and the rest stand. */
export const macStart = '{"mac":"';
export const macEnd = 72;
export const restStart = 74;

/**
 * The payload of a signed message: JSON whose first member is the MAC over all that follows it.
 * @param hmac the hex HMAC-SHA256 of a text (as UTF-8) by the lamp's key
 */
export function adminMessage(
  hmac: (text: string) => string,
  word: 'config' | 'update',
  id: string,
  nonce: string,
  body: UpdateBody | SealedBody,
): string {
  const rest = JSON.stringify(body).substring(1);
  return `${macStart}${hmac(adminProof(word, id, nonce, rest))}",${rest}`;
}

/** The longest JSON text of a ConfigBody, in bytes: base64 and MAC bring it to just under a message's 500. */
export const longestConfigBytes = 290;

/** Room for a chunk's data in JSON, so that the whole message stays under 500 bytes. */
const chunkRoom = 380;

/** Cuts an app into what fits into one message each, in order. */
export function chunksOf(app: string): { at: number; data: string }[] {
  const chunks: { at: number; data: string }[] = [];
  let at = 0;
  while (at < app.length) {
    let data = '';
    let room = chunkRoom;
    for (const char of app.substring(at, at + chunkRoom)) {
      room -= JSON.stringify(char).length - 2;
      if (room < 0) break;
      data += char;
    }
    chunks.push({ at, data });
    at += data.length;
  }
  return chunks;
}

/** Whether version `a` (`major.minor.patch`) is older than `b`. */
export function isOlder(a: string, b: string): boolean {
  const left = a.split('.');
  const right = b.split('.');
  for (let i = 0; i < 3; i++) {
    const difference = Number(left[i] || 0) - Number(right[i] || 0);
    if (difference) return difference < 0;
  }
  return false;
}
