import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { flashBoard } from '../../bridge/provision/flash.ts';
import type { FlashError } from '../../bridge/provision/flash-error.ts';
import { createFakeClock } from '../fake-clock.ts';

interface Device {
  /** What it says when it is reset by its modem lines. */
  boot?: string;
  /** What it answers to the bytes it was sent. */
  answer?: (bytes: Buffer) => Buffer | string | undefined;
}

/** A port with modem lines, and something else than Espruino behind it. */
function open(device: Device): Duplex {
  const say = (said: Buffer | string | undefined) => {
    if (said) setImmediate(() => port.push(typeof said === 'string' ? Buffer.from(said, 'latin1') : said));
  };
  const port = Object.assign(
    new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, done) {
        say(device.answer?.(bytes));
        done();
      },
    }),
    {
      set(lines: { dtr: boolean; rts: boolean }, done: () => void) {
        // RTS going down lets the chip out of its reset.
        if (!lines.rts) say(device.boot);
        done();
      },
    },
  );
  setImmediate(() => port.emit('open'));
  return port;
}

async function refusalOf(device: Device): Promise<FlashError> {
  const clock = createFakeClock();
  const flashing = flashBoard({
    ...{ path: '/dev/ttyUSB0', open: () => open(device), clock, force: false, files: [], starters: [] },
    settings: () => Promise.reject(new Error('no board to set up')),
    onStep() {},
  }).catch((error: FlashError) => error);
  let done = false;
  void flashing.then(() => {
    done = true;
  });
  while (!done) await clock.advance(100);
  return (await flashing) as FlashError;
}

/** A ROM's answer, as esptool's documentation has it: direction 1, command, length, value, status. */
function romAnswer(command: number, value: number): Buffer {
  const answer = Buffer.from([1, command, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  answer.writeUInt32LE(value, 4);
  const body = [...answer].flatMap((byte) =>
    byte === 0xc0 ? [0xdb, 0xdc] : byte === 0xdb ? [0xdb, 0xdd] : [byte],
  );
  return Buffer.from([0xc0, ...body, 0xc0]);
}

const inDownloadMode = (magic: number): Device => ({
  answer(bytes) {
    if (bytes[0] !== 0xc0) return undefined;
    return bytes[2] === 0x08 ? romAnswer(0x08, 0x07071220) : romAnswer(0x0a, magic);
  },
});

describe('a port without Espruino', () => {
  it.each([
    [
      'ESP32',
      '\r\nets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\ninvalid header: 0xffffffff\r\n',
      '0x1000 bootloader.bin 0x8000 partitions_espruino.bin 0x10000 espruino_esp32.bin',
    ],
    [
      'ESP32C3',
      'ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021\r\nrst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)\r\ninvalid header: 0xffffffff\r\n',
      '0x0 bootloader.bin 0x8000 partition-table.bin 0x10000 espruino-esp32c3.bin',
    ],
    [
      'ESP32S3',
      'ESP-ROM:esp32s3-20210327\r\nrst:0x15 (USB_UART_CHIP_RESET),boot:0x0 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n',
      '0x0 bootloader.bin 0x8000 partition-table.bin 0x10000 espruino-esp32s3.bin',
    ],
  ])('a blank %s is told from what it prints, with its own next step', async (chip, boot, files) => {
    const error = await refusalOf({ boot });
    expect(error.code).toBe('blank');
    expect(error.message).toMatch(new RegExp(`^There is an ${chip} on /dev/ttyUSB0 with no program on it`));
    expect(error.message).toContain(`esptool --chip ${chip.toLowerCase()} --port /dev/ttyUSB0`);
    expect(error.message).toContain(files);
    expect(error.message).toContain(`https://www.espruino.com/binaries/espruino_2v29_${chip.toLowerCase()}/`);
  });

  it.each([
    ['esp32', 0x00f01d83],
    ['esp32c3', 0x1b31506f],
    ['esp32s3', 0x00000009],
  ])('a chip that waits silently in its bootloader is asked: %s', async (chip, magic) => {
    const error = await refusalOf(inDownloadMode(magic));
    expect(error.code).toBe('blank');
    expect(error.message).toContain(`esptool --chip ${chip} `);
  });

  it('another program is named', async () => {
    const answer = (bytes: Buffer) =>
      bytes[0] === 3 ? '\r\nMicroPython v1.22.0 on 2023-12-27; Generic ESP32 module\r\n>>> ' : undefined;
    const error = await refusalOf({ answer });
    expect(error.code).toBe('not-espruino');
    expect(error.message).toMatch(/runs MicroPython, not Espruino/);
  });

  it('an ESP32 that runs something unknown is told from its start', async () => {
    const boot =
      'ets Jun  8 2016 00:22:57\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\nentry 0x400806a8\r\nhello\r\n';
    const error = await refusalOf({ boot });
    expect(error.code).toBe('not-espruino');
  });

  it('silence, and an echo, are told with what to look after', async () => {
    for (const device of [{}, { answer: (bytes: Buffer) => bytes }]) {
      const error = await refusalOf(device);
      expect(error.code).toBe('silent');
      expect(error.message).toMatch(/Nothing answers on \/dev\/ttyUSB0/);
    }
  });
});
