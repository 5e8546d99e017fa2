/**
 * Espruino's releases for the chips that a lamp can be made of: files and their addresses as Espruino publishes them in
 * https://www.espruino.com/binaries/espruino_2v28_espressif_manifest.json, flash modes as in the README_flash of each.
 */

/** The release that the lamp's firmware was tested on; an older one is refused. */
export const release = '2v29';

export interface EspruinoBuild {
  /** As esptool calls the chip. */
  chip: 'esp32' | 'esp32c3' | 'esp32s3';
  /** As Espruino calls the board, `process.env.BOARD`. */
  board: string;
  experimental: boolean;
  flashFreq: string;
  files: readonly { at: string; name: string }[];
}

export const builds: readonly EspruinoBuild[] = [
  {
    chip: 'esp32',
    board: 'ESP32',
    experimental: false,
    flashFreq: '40m',
    files: [
      { at: '0x1000', name: 'bootloader.bin' },
      { at: '0x8000', name: 'partitions_espruino.bin' },
      { at: '0x10000', name: 'espruino_esp32.bin' },
    ],
  },
  {
    chip: 'esp32c3',
    board: 'ESP32C3_IDF4',
    experimental: true,
    flashFreq: '80m',
    files: [
      { at: '0x0', name: 'bootloader.bin' },
      { at: '0x8000', name: 'partition-table.bin' },
      { at: '0x10000', name: 'espruino-esp32c3.bin' },
    ],
  },
  {
    chip: 'esp32s3',
    board: 'ESP32S3_IDF4',
    experimental: true,
    flashFreq: '80m',
    files: [
      { at: '0x0', name: 'bootloader.bin' },
      { at: '0x8000', name: 'partition-table.bin' },
      { at: '0x10000', name: 'espruino-esp32s3.bin' },
    ],
  },
];

/** Where the files of a build are to be had. */
export const folderOf = ({ chip }: EspruinoBuild): string =>
  `https://www.espruino.com/binaries/espruino_${release}_${chip}`;

/** The exact next step for a board without the right Espruino, as lines for a terminal or a page. */
export function howToInstall(build: EspruinoBuild, port: string): string {
  const { chip, flashFreq, files } = build;
  const parts = files.map(({ at, name }) => `${at} ${name}`).join(' ');
  return [
    `1. Fetch ${files.map(({ name }) => name).join(', ')} from ${folderOf(build)}/:`,
    `   for file in ${files.map(({ name }) => name).join(' ')}; do curl -fO ${folderOf(build)}/$file; done`,
    '2. Write them with esptool ("apt install esptool" or "pip install esptool"):',
    `   esptool --chip ${chip} --port ${port} --baud 460800 write_flash --flash_mode dio --flash_freq ${flashFreq} ${parts}`,
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
