/**
 * Kuando Busylight (Plenom, "Busylight/Kuando Box HID communication protocol specification", revision 2.2): 64 bytes,
 * seven steps of eight (command, repeat, red, green, blue in percent, on and off in tenths of a second, sound), then
 * eight more that end in the sum of all before. 0x1n jumps to step n, 0x8n keeps what is shown for n seconds; it goes
 * dark when neither comes. 0x40 would start its bootloader: no step but these two is ever made.
 */
import type { Show } from '../../../protocol/show.ts';
import type { HidDriver } from './protocol.ts';

const jumpToFirst = 0x10;
const keepAlive = 0x80;
/** The most that its four bits hold; the director's beat comes each 10 s. */
const keepSeconds = 15;
/** Changes the sound to none; without the bit a ringing one would go on. */
const silence = 0x80;

/** Tenths of a second of light and dark. */
const beats: Partial<Record<string, number>> = { blink: 5, 'blink-slow': 10 };

function report(step: readonly number[]): Buffer {
  const bytes = Buffer.alloc(65);
  bytes.set(step, 1);
  bytes.fill(0xff, 60, 63);
  bytes.writeUInt16BE(
    bytes.subarray(1, 63).reduce((sum, byte) => sum + byte, 0),
    63,
  );
  return bytes;
}

const percent = (byte: number) => Math.ceil((byte * 100) / 255);

function colors([r = 0, g = 0, b = 0]: readonly number[] | Uint8Array, on: number, off: number): Buffer {
  return report([jumpToFirst, 1, percent(r), percent(g), percent(b), on, off, silence]);
}

function blinking(show: Show): Buffer | undefined {
  const tenths = show.state === 'ON' ? beats[show.effect] : undefined;
  if (show.state === 'OFF' || tenths === undefined) return undefined;
  const { r, g, b } = show.color;
  const dimmed = [r, g, b].map((part) => Math.ceil((part * show.brightness) / 255));
  return colors(dimmed, tenths, tenths);
}

export const kuando: HidDriver = {
  name: 'Kuando Busylight',
  class: 'timer',
  claims: [
    { vendor: '04d8', product: 'f848' },
    ...['3bca', '3bcb', '3bcd', '3bce', '3bcf'].map((product) => ({ vendor: '27bb', product })),
  ],
  make: () => ({
    leds: 1,
    frameMs: 100,
    // Said again, a blinking step would begin anew; the beats keep it alive.
    restateMs: Number.POSITIVE_INFINITY,
    whole: blinking,
    frame: (pixels) => colors(pixels, 1, 0),
    keepAlive: report([keepAlive | keepSeconds]),
  }),
};
