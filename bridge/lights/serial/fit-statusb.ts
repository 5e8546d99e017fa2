/**
 * CompuLab fit-statUSB: a USB CDC device of one LED, ASCII lines (fit-pc.com wiki, "Fit-statUSB"). `#RRGGBB` sets the
 * colour, `B#RRGGBB-tttt#RRGGBB-tttt` plays a list of them, `G` asks for the colour. `P` would start its firmware
 * update, so nothing but these is ever sent, and `F`, which it keeps, not at all.
 */

import { renderShow } from '../../../protocol/effect.ts';
import type { Show } from '../../../protocol/show.ts';
import { usualFrameMs, usualRestateMs } from '../usb/protocol.ts';
import { hex, type SerialDriver } from './protocol.ts';

/** Milliseconds of light and dark that make the effect (protocol/effect.ts). */
const beats: Partial<Record<string, number>> = { blink: 500, 'blink-slow': 1_000 };

function blinking(show: Show): Buffer | undefined {
  const ms = show.state === 'ON' ? beats[show.effect] : undefined;
  if (ms === undefined) return undefined;
  const lit = new Uint8Array(3);
  renderShow(show, 0, lit);
  const length = String(ms).padStart(4, '0');
  return Buffer.from(`B#${hex(lit)}-${length}#000000-${length}\n`, 'ascii');
}

export const fitStatusb: SerialDriver = {
  name: 'CompuLab fit-statUSB',
  class: 'host',
  claims: [{ vendor: '2047', product: '03df' }],
  make: ({ baud = 115_200 }) => ({
    line: { baudRate: baud },
    leds: 1,
    frameMs: usualFrameMs,
    restateMs: usualRestateMs,
    whole: blinking,
    frame: (pixels) => Buffer.from(`#${hex(pixels)}\n`, 'ascii'),
    ask: Buffer.from('G\n', 'ascii'),
    hear: (line) => (/[0-9a-f]{2}.*[0-9a-f]{2}.*[0-9a-f]{2}|\d+\D+\d+\D+\d+/i.test(line) ? 'ok' : undefined),
  }),
};
