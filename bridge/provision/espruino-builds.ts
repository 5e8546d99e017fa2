/**
 * Espruino's releases for the boards that a lamp can be made of. Folders and files are those of
 * https://www.espruino.com/binaries/espruino_2v28_espressif_manifest.json, flash modes those of each README_flash.
 */
import { type LampBoard, lampBoards } from '../../protocol/boards.ts';

/** The release that the lamp's firmware was made on; an older one is refused. */
export const release = '2v29';

/** The chip as esptool calls it. */
export const chipOf = ({ name }: LampBoard): string => name.toLowerCase();

/** The board with a chip of this name; the classic one for a chip that nobody knows. */
export const boardOfChip = (chip: string | undefined): LampBoard =>
  lampBoards.find((board) => chipOf(board) === chip) ?? lampBoards.find(({ name }) => name === 'ESP32')!;

/** The exact next step for a board without the right Espruino, as lines for a terminal or a page. */
export function howToInstall(board: LampBoard, port: string): string {
  const chip = chipOf(board);
  const folder = `https://www.espruino.com/binaries/espruino_${release}_${chip}`;
  const names = board.flash.map(({ file }) => file);
  const parts = board.flash.map(({ address, file }) => `${address} ${file}`).join(' ');
  const frequency = chip === 'esp32' ? '40m' : '80m';
  return [
    `1. Fetch ${names.join(', ')} from ${folder}/:`,
    `   for file in ${names.join(' ')}; do curl -fO ${folder}/$file; done`,
    '2. Write them with esptool ("apt install esptool" or "pip install esptool"):',
    `   esptool --chip ${chip} --port ${port} --baud 460800 write_flash --flash_mode dio --flash_freq ${frequency} ${parts}`,
    '   If it waits for a connection, hold the button BOOT, press EN (RESET) shortly, and let BOOT go.',
    '3. Run this command again.',
  ].join('\n');
}

/** Compares `2v29`, `2v29.277` and the like: negative when `one` is older. Nothing when either is no such version. */
export function compareEspruino(one: string, other: string): number | undefined {
  const [left, right] = [one, other].map((text) => /^(\d+)v(\d+)(?:\.(\d+))?/.exec(text)?.slice(1));
  if (!left || !right) return undefined;
  const differences = left.map((part, index) => Number(part ?? 0) - Number(right[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}
