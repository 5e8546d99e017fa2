/**
 * Adalight (github.com/adafruit/Adalight, "LEDstream"): `Ada`, the count of LEDs less one in two bytes, those two and
 * 0x55 xored, then red, green and blue per LED. Many sketches go dark when nothing comes for a while, so it is said
 * again each second.
 */
import { usualFrameMs } from '../usb/protocol.ts';
import { type SerialDriver, usualBootMs } from './protocol.ts';

export const adalight: SerialDriver = {
  name: 'Adalight sketch',
  class: 'host',
  claims: [],
  make: ({ baud = 115_200, leds }) => ({
    line: { baudRate: baud },
    bootMs: usualBootMs,
    leds: leds.count,
    frameMs: usualFrameMs,
    restateMs: 1_000,
    frame(pixels) {
      const last = pixels.length / 3 - 1;
      const [high, low] = [last >> 8, last & 255];
      return Buffer.concat([Buffer.from([0x41, 0x64, 0x61, high, low, high ^ low ^ 0x55]), pixels]);
    },
  }),
};
