/**
 * TPM2 (tpm2.de, protocol specification): 0xC9, 0xDA for data, the length in two bytes, the data, 0x36 at the end.
 * WLED divides the two bytes of the length by three each, and so reads one LED too few from 256 bytes on; what is left
 * over it takes for commands. config/schema.ts therefore ends at 85 LEDs.
 */
import { usualFrameMs } from '../usb/protocol.ts';
import { type SerialDriver, usualBootMs } from './protocol.ts';

export const tpm2: SerialDriver = {
  name: 'TPM2 device',
  class: 'host',
  claims: [],
  make: ({ baud = 115_200, leds }) => ({
    line: { baudRate: baud },
    bootMs: usualBootMs,
    leds: leds.count,
    frameMs: usualFrameMs,
    restateMs: 1_000,
    frame: (pixels) =>
      Buffer.concat([
        Buffer.from([0xc9, 0xda, pixels.length >> 8, pixels.length & 255]),
        pixels,
        Buffer.from([0x36]),
      ]),
  }),
};
