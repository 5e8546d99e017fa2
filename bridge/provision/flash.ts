/** Makes a lamp of a board on a cable: who is it, files up, settings, restart. Broken off anywhere, it is done again. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { type Clock, sleep } from '../../protocol/clock.ts';
import { reasonOf } from '../log.ts';
import { type Console, createConsole } from './console.ts';
import { FlashError } from './flash-error.ts';
import { type Board, identify } from './identify.ts';
import { eraseFile, uploadFile } from './upload.ts';

export interface BoardFile {
  /** Its name in the board's Storage. */
  name: string;
  bytes: Uint8Array;
}

export type FlashStep =
  | { step: 'connect' }
  | { step: 'identified'; board: Board }
  /** Bytes of all files, and how many of them are on the board. */
  | { step: 'upload'; done: number; total: number }
  | { step: 'settings' }
  | { step: 'restart' };

/** Opens a port, as the serial lights do; one with modem lines has `set`. */
export type OpenPort = (path: string, baudRate: number) => Duplex;

/** What a port of `serialport` has over a Duplex; its `destroy` would leave the device open. */
interface SerialPart {
  set?: (lines: { dtr: boolean; rts: boolean }, done: () => void) => void;
  close?: (done: () => void) => void;
  isOpen?: boolean;
}

const baudRate = 115_200;
/** A board that started anew in the middle (a weak cable, a watchdog) has forgotten everything but its flash. */
const fileTries = 3;

/**
 * Files, then settings, then what starts them: until all is there, the board starts what it started before.
 * @param settings asked for once the files are up, so that a lamp that is not replaced keeps its key
 * @param stale files that must not outlive the new settings
 * @throws FlashError in words for the user
 */
export async function flashBoard(options: {
  path: string;
  open: OpenPort;
  clock: Clock;
  force: boolean;
  files: readonly BoardFile[];
  settings: (board: Board) => Promise<BoardFile>;
  starters: readonly BoardFile[];
  stale?: readonly string[];
  onStep: (step: FlashStep) => void;
}): Promise<Board> {
  const { path, clock, files, starters, onStep } = options;
  onStep({ step: 'connect' });
  const line = await openLine(path, options.open, clock);
  try {
    const board = await identify(line.console, { port: path, force: options.force, reset: line.reset });
    onStep({ step: 'identified', board });
    const total = [...files, ...starters].reduce((sum, { bytes }) => sum + bytes.length, 0);
    let before = 0;
    const put = async (file: BoardFile) => {
      await upload(line.console, file, (done) => onStep({ step: 'upload', done: before + done, total }));
      before += file.bytes.length;
    };
    for (const file of files) await put(file);
    onStep({ step: 'settings' });
    for (const name of options.stale ?? []) await eraseFile(line.console, name);
    await upload(line.console, await options.settings(board), () => {});
    for (const file of starters) await put(file);
    onStep({ step: 'restart' });
    // Not `load()`: Wi-Fi does not always come back from that (Espruino issue 2295).
    await line.console.tell('E.reboot()');
    return board;
  } finally {
    await line.close();
  }
}

async function upload(board: Console, file: BoardFile, onProgress: (done: number) => void): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await uploadFile(board, file.name, file.bytes, onProgress);
    } catch (error) {
      const again = error instanceof FlashError && error.code === 'interrupted' && attempt < fileTries;
      if (!again) throw error;
    }
  }
}

async function openLine(path: string, open: OpenPort, clock: Clock) {
  const port = open(path, baudRate) as Duplex & SerialPart;
  const gone = new Promise<never>((_resolve, reject) => {
    port.once('error', (error: Error) => reject(portFault(path, error)));
    port.once('close', () => reject(new FlashError('port', unplugged(path))));
  });
  // Whoever waits for an answer races it; between two questions nobody does.
  gone.catch(() => {});
  const lines = (dtr: boolean, rts: boolean) =>
    new Promise<void>((resolve) => (port.set ? port.set({ dtr, rts }, () => resolve()) : resolve()));
  await Promise.race([once(port, 'open'), gone]);
  return {
    console: createConsole({ port, clock, gone }),
    /** RTS pulls EN down on Espressif's boards while DTR, which would ask for the bootloader, is up. */
    async reset() {
      await lines(false, true);
      await sleep(clock, 100);
      await lines(false, false);
    },
    /** Resolves when the device is free for the next. */
    close: () =>
      new Promise<void>((resolve) => {
        if (port.isOpen) port.close?.(() => resolve());
        else if (port.closed || port.isOpen === false) resolve();
        else port.once('close', () => resolve()).destroy();
      }),
  };
}

const unplugged = (path: string) =>
  `${path} is gone: plug the board in again, and run the same command. Nothing is lost.`;

function portFault(path: string, error: Error): FlashError {
  const reason = reasonOf(error);
  if (/permission denied|EACCES/i.test(reason)) {
    return new FlashError(
      'port',
      `${path} may not be opened by this user: add it to the group dialout ("sudo usermod -aG dialout $USER", then log in anew).`,
    );
  }
  if (/no such file|ENOENT|cannot find/i.test(reason)) {
    return new FlashError('port', `There is no port ${path}: is the board plugged in?`);
  }
  if (/lock|busy|EBUSY/i.test(reason)) {
    return new FlashError('port', `${path} is in use by another program: close it first.`);
  }
  return new FlashError('port', `${path} cannot be used: ${reason}.`);
}
