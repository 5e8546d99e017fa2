/**
 * The bootloader in an Espressif chip's ROM: what it prints, and its serial protocol as far as asking for the chip
 * (esptool's documentation, "Serial Protocol").
 */
import type { Console } from './console.ts';

/** As esptool calls them. */
type Chip = 'esp32' | 'esp32c3' | 'esp32s3';

/** What a chip prints that has nothing to run, or was told to wait for a program. */
const blankWords =
  /invalid header: 0x|flash read err|waiting for download|DOWNLOAD_BOOT|DOWNLOAD\(USB|No bootable app/;

const romWords: readonly (readonly [RegExp, Chip])[] = [
  [/ESP-ROM:esp32c3/, 'esp32c3'],
  [/ESP-ROM:esp32s3/, 'esp32s3'],
  [/ets Jul 29 2019|ets Jun {2}8 2016/, 'esp32'],
];

/** Register 0x40001000 tells the chips apart: esptool's CHIP_DETECT_MAGIC_VALUE of each. */
const magicAddress = 0x40001000;
const magicOf: Readonly<Record<number, Chip>> = {
  15736195: 'esp32',
  9: 'esp32s3',
  1763790959: 'esp32c3',
  456216687: 'esp32c3',
  1216438383: 'esp32c3',
  1130455151: 'esp32c3',
};

export const saysBlank = (heard: string): boolean => blankWords.test(heard);

/** The chip whose ROM has spoken, or nothing. */
export const chipIn = (heard: string): Chip | undefined => romWords.find(([words]) => words.test(heard))?.[1];

/**
 * Asks whether a ROM's bootloader waits for a program. To anything else the bytes are noise, so everything else is
 * tried first.
 * @returns the chip, `unknown` when one answers whose name it does not tell, or nothing when none answers
 */
export async function askRom(port: Console): Promise<Chip | 'unknown' | undefined> {
  const sync = Uint8Array.of(0x07, 0x07, 0x12, 0x20, ...Array<number>(32).fill(0x55));
  for (let attempt = 0; attempt < 3; attempt++) {
    port.forgetHeard();
    port.send(frame(0x08, sync));
    if (!(await port.hears(answerTo(0x08), 300))) continue;
    const address = Buffer.alloc(4);
    address.writeUInt32LE(magicAddress);
    port.send(frame(0x0a, address));
    if (!(await port.hears(answerTo(0x0a), 300))) return 'unknown';
    const answer = answerTo(0x0a).exec(port.heard())!;
    return magicOf[unescaped(answer[1]!).readUInt32LE(0)] ?? 'unknown';
  }
  return undefined;
}

/** A request: SLIP-framed direction, command, length, checksum (of data blocks only), data. */
function frame(command: number, data: Uint8Array): Uint8Array {
  const head = Buffer.from([0, command, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(data.length, 2);
  const body = [...head, ...data].flatMap((byte) =>
    byte === 0xc0 ? [0xdb, 0xdc] : byte === 0xdb ? [0xdb, 0xdd] : [byte],
  );
  return Uint8Array.of(0xc0, ...body, 0xc0);
}

/** Direction 1, the command, a length, and as the group four bytes of value, each perhaps escaped. */
function answerTo(command: number): RegExp {
  const byte = '(?:\\xdb[\\xdc\\xdd]|[^\\xc0\\xdb])';
  const hex = command.toString(16).padStart(2, '0');
  return new RegExp(`\\xc0\\x01\\x${hex}${byte}${byte}(${byte}{4})`);
}

function unescaped(text: string): Buffer {
  return Buffer.from(text.replaceAll('\xdb\xdc', '\xc0').replaceAll('\xdb\xdd', '\xdb'), 'latin1');
}
