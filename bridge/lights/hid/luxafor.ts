/**
 * Luxafor Flag, Orb, Mute and Bluetooth (luxafor.com, "HID Flag Command Reference"): report id 0, mode 1 sets a colour
 * at once, LED 0xFF is all of them, then red, green, blue. Its strobe has a speed of its own, so the bridge draws effects.
 */
import { usualFrameMs, usualRestateMs } from '../usb/protocol.ts';
import type { HidDriver } from './protocol.ts';

export const luxafor: HidDriver = {
  name: 'Luxafor light',
  class: 'host',
  claims: [{ vendor: '04d8', product: 'f372' }],
  make: () => ({
    leds: 1,
    frameMs: usualFrameMs,
    restateMs: usualRestateMs,
    frame: ([r = 0, g = 0, b = 0]) => Buffer.from([0, 1, 0xff, r, g, b, 0, 0, 0]),
  }),
};
