/** Takes new settings and new firmware from the bridge (protocol/lamp-admin.ts), if it proves that it has the key. */
import {
  adminProof,
  isOlder,
  lampFiles,
  macEnd,
  macStart,
  restStart,
  type Slot,
  sealBlock,
} from '../protocol/lamp-admin.ts';
import { restart, save } from './files.ts';
import { hmac } from './hmac.ts';
import { keepSettings, parseSettings } from './settings.ts';

/** A message's body, as far as it has one of each kind. */
interface Body {
  n: number;
  sealed?: string;
  begin?: Begin;
  at?: number;
  data?: string;
  end?: boolean;
}

interface Begin {
  version: string;
  size: number;
  crc: number;
  board: string;
  force?: boolean;
}

export function readBoot(): { slot: Slot; onTrial: boolean } {
  const boot = require('Storage').read(lampFiles.boot) || '';
  return { slot: boot[0] === 'b' ? 'b' : 'a', onTrial: boot.length > 1 };
}

/**
 * The bridge has been heard: what is on trial has proved itself, and what came of a restart can be told.
 * @param boot as it was read at the start: by now an update may have been put on trial that does not run yet
 */
export function prove(
  boot: ReturnType<typeof readBoot>,
  trial: string | undefined,
  lastRestart: string | undefined,
  onResult: (result: object) => void,
): void {
  const fw = FIRMWARE_VERSION;
  if (trial && keepSettings(trial)) onResult({ kept: 'config', fw });
  if (boot.onTrial && save(lampFiles.boot, boot.slot, 0, 0)) onResult({ kept: 'update', fw });
  const words = (lastRestart || '').split(' undone: ');
  if (words[1]) onResult({ undone: words[0], fw, error: words[1] });
}

/**
 * Made at the bridge's first message and good for one connection, so that on most days it takes no memory.
 * @param nonce that what is signed must be signed with
 */
export function createAdmin(id: string, key: string, nonce: string, onResult: (result: object) => void) {
  const storage = require('Storage');
  const fw = FIRMWARE_VERSION;
  const board = process.env.BOARD;
  const slot = readBoot().slot;
  const free = slot === 'a' ? 'b' : 'a';
  const file = 'app.' + free;
  let lastN = 0;
  let update: Begin | undefined;
  /** Bytes of the update written so far. */
  let written = 0;

  /** Base64 of bytes XORed with a stream that only the key's holders know. */
  function unseal(n: number, sealed: string): string {
    const bytes = atob(sealed);
    let text = '';
    let stream = '';
    for (let i = 0; i < bytes.length; i++) {
      const at = (i % 32) * 2;
      if (!at) stream = hmac(key, sealBlock(id, nonce, n, i / 32));
      text += String.fromCharCode(bytes.charCodeAt(i) ^ parseInt(stream.substr(at, 2), 16));
    }
    return text;
  }

  function takeConfig(given: Record<string, unknown>): string {
    const next = JSON.parse(storage.read(lampFiles.settings) || '{}');
    for (const name of Object.keys(given)) {
      if (name !== 'id' && name !== 'key') next[name] = given[name];
    }
    const fault = parseSettings(next).fault;
    if (fault) return fault;
    storage.write(lampFiles.trial, JSON.stringify(next), 0, 0);
    restart('config');
    return '';
  }

  function begin(asked: Begin): string {
    update = undefined;
    if (!asked.force) {
      if (asked.board !== board) return 'this is ' + board;
      if (isOlder(asked.version, fw)) return 'older than ' + fw;
    }
    // A roll-back is only possible to a version that has proved itself.
    if (readBoot().onTrial) return 'on trial';
    // So that there is room, whatever was left of an earlier update.
    storage.erase(file);
    written = 0;
    update = asked;
    return '';
  }

  /**
   * What is wrong with a proven message, or nothing.
   * @throws what Storage throws when it is full
   */
  function obey(body: Body): string {
    if (body.sealed) return takeConfig(JSON.parse(unseal(body.n, body.sealed)));
    if (body.begin) return begin(body.begin);
    if (!update) return 'nothing begun';
    const data = body.data;
    if (data) {
      if (body.at !== written) return 'wrong offset';
      storage.write(file, data, written, update.size);
      written += data.length;
      return '';
    }
    if (written !== update.size || E.CRC32(storage.read(file) || '') !== update.crc) return 'wrong checksum';
    storage.write(lampFiles.boot, free + '0', 0, 0);
    restart('update');
    return '';
  }

  /** Answers a message on the topic's last word. */
  return (word: 'config' | 'update', payload: string): void => {
    if (payload.startsWith('{"hello"')) {
      onResult({ hello: nonce, fw, board, espruino: process.env.VERSION, slot });
      return;
    }
    let n = 0;
    let error = 'not signed';
    const mac = payload.substring(macStart.length, macEnd);
    if (mac === hmac(key, adminProof(word, id, nonce, payload.substr(restStart)))) {
      try {
        const body: Body = JSON.parse(payload);
        n = body.n;
        error = 'seen before';
        if (n > lastN) {
          lastN = n;
          error = obey(body);
        }
      } catch (problem) {
        error = '' + problem;
      }
    }
    onResult({ n, at: update ? written : undefined, error: error || undefined });
  };
}
