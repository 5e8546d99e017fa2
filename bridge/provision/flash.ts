/** Makes a lamp of a board on a cable: who is it, files up, settings, restart. Broken off anywhere, it is done again. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { type Clock, sleep } from '../../protocol/clock.ts';
import { reasonOf } from '../log.ts';
import { type Console, createConsole } from './console.ts';
import { FlashError } from './flash-error.ts';
import { type Board, identify } from './identify.ts';
import { uploadFile } from './upload.ts';

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

type ModemLines = { set?: (lines: { dtr: boolean; rts: boolean }, done: () => void) => void };

const baudRate = 115_200;
/** A board that started anew in the middle (a weak cable, a watchdog) has forgotten everything but its flash. */
const fileTries = 3;

/**
 * @param settings asked for once the files are up, so that a lamp that is not replaced keeps its key
 * @throws FlashError in words for the user
 */
export async function flashBoard(options: {
  path: string;
  open: OpenPort;
  clock: Clock;
  force: boolean;
  files: readonly BoardFile[];
  settings: (board: Board) => Promise<BoardFile>;
  onStep: (step: FlashStep) => void;
}): Promise<Board> {
  const { path, clock, files, onStep } = options;
  onStep({ step: 'connect' });
  const line = await openLine(path, options.open, clock);
  try {
    const board = await identify(line.console, { port: path, force: options.force, reset: line.reset });
    onStep({ step: 'identified', board });
    const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    let before = 0;
    for (const file of files) {
      await upload(line.console, file, (done) => onStep({ step: 'upload', done: before + done, total }));
      before += file.bytes.length;
    }
    onStep({ step: 'settings' });
    await upload(line.console, await options.settings(board), () => {});
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
  const port = open(path, baudRate) as Duplex & ModemLines;
  const gone = new Promise<never>((_resolve, reject) => {
    port.once('error', (error: Error) => reject(portFault(path, error)));
    port.once('close', () => reject(new FlashError('interrupted', unplugged(path))));
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
    async close() {
      if (port.closed) return;
      const closed = once(port, 'close').catch(() => {});
      port.destroy();
      await closed;
    },
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
