/** Blinkinlabs BlinkyTape (github.com/Blinkinlabs/BlinkyTape_Python): three bytes per LED, none above 254; 255 shows it. */
import { usualFrameMs, usualRestateMs } from '../usb/protocol.ts';
import type { SerialDriver } from './protocol.ts';

export const blinkytape: SerialDriver = {
  name: 'Blinkinlabs BlinkyTape',
  class: 'host',
  claims: [{ vendor: '1d50', product: '605e' }],
  make: ({ baud = 115_200, leds }) => ({
    line: { baudRate: baud },
    leds: leds.count,
    frameMs: usualFrameMs,
    restateMs: usualRestateMs,
    frame: (pixels) => Buffer.from([...pixels.map((value) => Math.min(254, value)), 255]),
  }),
};
