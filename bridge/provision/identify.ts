/** What is on the other end of the cable, and if it cannot become a lamp: why, and what to do. */

import { findBoard, lampBoards } from '../../protocol/boards.ts';
import type { Console } from './console.ts';
import { boardOfChip, compareEspruino, howToInstall, release } from './espruino-builds.ts';
import { FlashError } from './flash-error.ts';
import { askRom, chipIn, saysBlank } from './rom.ts';

export interface Board {
  /** `process.env.BOARD` */
  board: string;
  /** Espruino's version, such as 2v29 */
  version: string;
  /** Variables free after a reset of the interpreter. */
  free: number;
}

/** A lamp that dials a bridge which is not there does not hear its console meanwhile, so it is called patiently. */
const calls = 20;
const callMs = 1_000;
/** After so many calls without an answer the board is reset by its modem lines, as esptool does. */
const resetAfter = 4;
const bootMs = 1_500;

/** Programs that say their name when they start, or when they are given a Ctrl-C. */
const others: readonly (readonly [RegExp, string])[] = [
  [/MicroPython|\n>>> /, 'MicroPython'],
  [/CircuitPython/, 'CircuitPython'],
  [/WLED/, 'WLED'],
  [/Tasmota/i, 'Tasmota'],
  [/ESPHome/i, 'ESPHome'],
  [/NodeMCU/, 'NodeMCU'],
];

/**
 * Waits for Espruino's console, stops what runs there, and asks what it is.
 * @param force take a board or a version that is not known to work
 * @param reset restarts the board by its modem lines; nothing where the port has none
 * @throws FlashError naming what is there instead, and the next step
 */
export async function identify(
  board: Console,
  { port, force, reset }: { port: string; force: boolean; reset: () => Promise<void> },
): Promise<Board> {
  await call(board, port, reset);
  await board.tell('reset()');
  await board.hears(/>$/, bootMs);
  if (!(await board.greet(callMs))) await call(board, port, reset);
  const found = {
    board: await board.ask('process.env.BOARD'),
    version: await board.ask('process.env.VERSION'),
    free: Number(await board.ask('process.memory().free')),
  };
  if (!force) refuseUnfit(found, port);
  const canSign = await board.ask('typeof require("crypto").SHA256', { tries: 1 }).catch(() => '');
  if (canSign !== 'function') throw new FlashError('espruino', noSigning(found.board, port));
  return found;
}

async function call(board: Console, port: string, reset: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < calls; attempt++) {
    if (await board.greet(callMs)) return;
    if (saysBlank(board.heard())) throw blank(port, chipIn(board.heard()));
    const other = others.find(([words]) => words.test(board.heard()));
    if (other) throw notEspruino(other[1], port, chipIn(board.heard()));
    if (attempt === resetAfter) {
      await reset();
      await board.hears(/>$/, bootMs);
    }
  }
  const heard = board.heard();
  const chip = await askRom(board);
  if (chip) throw blank(port, chip === 'unknown' ? undefined : chip);
  if (chipIn(heard)) throw notEspruino('something else', port, chipIn(heard));
  throw new FlashError(
    'silent',
    `Nothing answers on ${port}: is it the right port, and is the board an ESP32 with Espruino? If it is new, put Espruino on it first:\n${howToInstall(boardOfChip(undefined), port)}`,
  );
}

function blank(port: string, chip: string | undefined): FlashError {
  const name = chip ? chip.toUpperCase() : 'Espressif chip';
  return new FlashError(
    'blank',
    `There is an ${name} on ${port} with no program on it. Put Espruino ${release} on it first:\n${howToInstall(boardOfChip(chip), port)}`,
  );
}

function notEspruino(name: string, port: string, chip: string | undefined): FlashError {
  return new FlashError(
    'not-espruino',
    `The board on ${port} runs ${name}, not Espruino. Put Espruino ${release} on it first (that removes what is there):\n${howToInstall(boardOfChip(chip), port)}`,
  );
}

function refuseUnfit({ board, version }: Board, port: string): void {
  const known = findBoard(board);
  if (!known && board.startsWith('ESP32')) throw new FlashError('espruino', noSigning(board, port));
  if (!known) {
    const names = lampBoards.map(({ name }) => name).join(', ');
    throw new FlashError(
      'espruino',
      `The board on ${port} is ${board}, which no lamp was made of yet: expected ${names}. --force tries it nevertheless.`,
    );
  }
  const order = compareEspruino(version, release);
  if (order === undefined || order < 0) {
    throw new FlashError(
      'espruino',
      `The board on ${port} has Espruino ${version}, which is too old: a lamp needs ${release} or newer.\n${howToInstall(known, port)}`,
    );
  }
}

function noSigning(board: string, port: string): string {
  return `The Espruino for ${board} on ${port} has no SHA-256, so it cannot prove who it is. Put another build on it:\n${howToInstall(boardOfChip(undefined), port)}`;
}
