/**
 * Adafruit USB tower light (product 5125, its Python example): single bytes at 9600 baud, the low half a lamp (1 red,
 * 2 yellow, 4 green, 8 buzzer), the high half 1 on, 2 off, 4 blinking. The buzzer is only ever told to be silent.
 */
import type { Effect } from '../../../protocol/status.ts';
import { inPlainColors, plainOf } from '../usb/plain.ts';
import { usualRestateMs } from '../usb/protocol.ts';
import { type SerialDriver, usualBootMs } from './protocol.ts';

const lamps = { red: 0x01, yellow: 0x02, green: 0x04 } as const;
const silence = 0x28;
const [on, off, blink] = [0x10, 0x20, 0x40];

/** It has one way to blink. */
const effects: Readonly<Record<Effect, Effect>> = {
  solid: 'solid',
  off: 'off',
  spin: 'solid',
  pulse: 'blink',
  breathe: 'blink',
  blink: 'blink',
  'blink-slow': 'blink',
  identify: 'blink',
};

/** The others go dark first, so that two lamps are never lit together. */
function bytesFor(pixels: Uint8Array, how: number): Buffer {
  const lit = plainOf(pixels);
  const dark = Object.entries(lamps).filter(([lamp]) => lamp !== lit);
  return Buffer.from([silence, ...dark.map(([, bits]) => off | bits), ...(lit ? [how | lamps[lit]] : [])]);
}

export const tower: SerialDriver = {
  name: 'USB tower light',
  class: 'host',
  claims: [],
  make: ({ baud = 9_600 }) => ({
    line: { baudRate: baud },
    bootMs: usualBootMs,
    leds: 1,
    frameMs: 500,
    restateMs: usualRestateMs,
    within: inPlainColors(effects),
    whole: (show) =>
      show.state === 'ON'
        ? bytesFor(
            Uint8Array.of(show.color.r, show.color.g, show.color.b),
            show.effect === 'blink' ? blink : on,
          )
        : undefined,
    frame: (pixels) => bytesFor(pixels, on),
  }),
};
