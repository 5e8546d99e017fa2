/**
 * BlinkStick (arvydas.github.io/blinkstick-python; its feature reports): 1 sets the first LED (red, green, blue); 6, 7, 8
 * and 9 set 8, 16, 32 and 64 at once: channel, then **green**, red, blue per LED.
 */
import { usualFrameMs, usualRestateMs } from '../usb/protocol.ts';
import type { HidDriver } from './protocol.ts';

const sizes = [
  { report: 6, leds: 8 },
  { report: 7, leds: 16 },
  { report: 8, leds: 32 },
  { report: 9, leds: 64 },
];

function array(pixels: Uint8Array, count: number): Buffer {
  const { report, leds } = sizes.find((size) => size.leds >= count) ?? sizes.at(-1)!;
  const bytes = Buffer.alloc(2 + leds * 3);
  bytes[0] = report;
  for (let at = 0; at < count * 3; at += 3) {
    bytes.set([pixels[at + 1]!, pixels[at]!, pixels[at + 2]!], 2 + at);
  }
  return bytes;
}

export const blinkstick: HidDriver = {
  name: 'BlinkStick',
  class: 'host',
  claims: [{ vendor: '20a0', product: '41e5' }],
  make: ({ leds: { count } }) => ({
    feature: true,
    leds: count,
    // Its controller loses pictures that come faster.
    frameMs: Math.max(usualFrameMs, count),
    restateMs: usualRestateMs,
    frame: (pixels) => (count === 1 ? Buffer.from([1, ...pixels]) : array(pixels, count)),
  }),
};
