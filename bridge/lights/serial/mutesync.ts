/** MuteSync button: `A`, then red, green and blue for each of its four LEDs, at 9600 baud. Its chip is a CP2102 like any other. */
import { usualRestateMs } from '../usb/protocol.ts';
import type { SerialDriver } from './protocol.ts';

export const mutesync: SerialDriver = {
  name: 'MuteSync button',
  class: 'host',
  claims: [{ vendor: '10c4', product: 'ea60', says: /mutesync/i }],
  make: ({ baud = 9_600 }) => ({
    line: { baudRate: baud },
    leds: 4,
    // 13 bytes take 14 ms on the wire.
    frameMs: 100,
    restateMs: usualRestateMs,
    frame: (pixels) => Buffer.concat([Buffer.from('A', 'ascii'), pixels]),
  }),
};
