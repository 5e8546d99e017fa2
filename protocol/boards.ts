/**
 * The boards that a lamp can be built on, as data. Pins from Espressif's datasheets ("Pin definitions", "Strapping
 * pins"), what differs from Espruino's board files (boards/ESP32.py, ESP32C3_IDF4.py, ESP32S3_IDF4.py).
 */
export interface LampBoard {
  /** How the board calls itself in `process.env.BOARD`, or how that starts. */
  name: string;
  title: string;
  experimental: boolean;
  /** GPIO numbers that are free for LEDs: no flash, console or strapping pin, and outputs. */
  pins: readonly number[];
  /** Of these, the ones that can be dimmed (on the classic ESP32, 25 and 26 are analogue outputs instead). */
  pwmPins: readonly number[];
  /** Usable for a button, though not for LEDs. */
  buttonPins: readonly number[];
  /** The LED and the button of the usual development board, and what they are when lit or pressed. */
  onboardLed: { pin: number; active: 'high' | 'low' } | undefined;
  onboardButton: { pin: number; active: 'high' | 'low' };
  /** Variables of the interpreter with Wi-Fi and Bluetooth on, about. */
  variables: number;
  /** Where esptool writes Espruino's files. */
  flash: readonly { address: string; file: string }[];
  /** What is different for whoever uses it. */
  note: string;
}

export const lampBoards: readonly LampBoard[] = [
  {
    name: 'ESP32C3',
    title: 'ESP32-C3',
    experimental: true,
    pins: [0, 1, 3, 4, 5, 6, 7, 8, 10],
    pwmPins: [0, 1, 3, 4, 5, 6, 7, 8, 10],
    buttonPins: [9],
    onboardLed: { pin: 8, active: 'low' },
    onboardButton: { pin: 9, active: 'low' },
    variables: 3000,
    flash: [
      { address: '0x0', file: 'bootloader.bin' },
      { address: '0x8000', file: 'partition-table.bin' },
      { address: '0x10000', file: 'espruino-esp32c3.bin' },
    ],
    note: 'Its port is a beta of Espruino; the console is on the chip’s own USB. One radio: it leaves its Wi-Fi while the set-up network is open.',
  },
  {
    name: 'ESP32S3',
    title: 'ESP32-S3',
    experimental: true,
    pins: [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21, 38, 39, 40, 41, 42, 47, 48],
    pwmPins: [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21, 38, 39, 40, 41, 42, 47, 48],
    buttonPins: [0],
    onboardLed: undefined,
    onboardButton: { pin: 0, active: 'low' },
    variables: 3400,
    flash: [
      { address: '0x0', file: 'bootloader.bin' },
      { address: '0x8000', file: 'partition-table.bin' },
      { address: '0x10000', file: 'espruino-esp32s3.bin' },
    ],
    note: 'Its port is a beta of Espruino; the console is on the chip’s own USB. The LED on most boards is a WS2812 at pin 48.',
  },
  {
    name: 'ESP32',
    title: 'ESP32 (classic: WROOM-32, WROVER)',
    experimental: false,
    pins: [2, 4, 13, 14, 16, 17, 18, 19, 21, 22, 23, 25, 26, 27, 32, 33],
    pwmPins: [2, 4, 13, 14, 16, 17, 18, 19, 21, 22, 23, 27, 32, 33],
    buttonPins: [0, 34, 35, 36, 39],
    onboardLed: { pin: 2, active: 'high' },
    onboardButton: { pin: 0, active: 'low' },
    variables: 3400,
    flash: [
      { address: '0x1000', file: 'bootloader.bin' },
      { address: '0x8000', file: 'partitions_espruino.bin' },
      { address: '0x10000', file: 'espruino_esp32.bin' },
    ],
    note: 'On a WROVER, pins 16 and 17 belong to its memory chip.',
  },
];

/** The board that calls itself `name`; nothing for the classic chip's ESP32_IDF4 build, which cannot sign. */
export function findBoard(name: string): LampBoard | undefined {
  if (name.startsWith('ESP32_IDF4')) return undefined;
  return lampBoards.find((board) => name.startsWith(board.name));
}
