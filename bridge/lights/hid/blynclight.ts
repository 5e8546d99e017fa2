/**
 * Embrava Blynclight (Embrava's own SDK for browsers, `SendBlyncUSB30ControlCommand`): report id 0, red, **blue**,
 * green, control bits (1 off, 2 dim, 4 flash, 8 to 32 speed), two bytes of music, 0xFF 0x22. Plantronics' Status
 * Indicator is the same. Its flash has three speeds that no effect has, so the bridge draws.
 */
import { usualFrameMs, usualRestateMs } from '../usb/protocol.ts';
import type { HidDriver } from './protocol.ts';

const off = 0x01;

export const blynclight: HidDriver = {
  name: 'Embrava Blynclight',
  class: 'host',
  claims: [
    ...['0001', '0002', '0003', '000a', '000c', '0010'].map((product) => ({ vendor: '2c0d', product })),
    ...['2516', '2517', '2519'].map((product) => ({ vendor: '0e53', product })),
    { vendor: '047f', product: 'd005' },
  ],
  make: () => ({
    leds: 1,
    frameMs: usualFrameMs,
    restateMs: usualRestateMs,
    frame: ([r = 0, g = 0, b = 0]) =>
      Buffer.from([0, r, b, g, r === 0 && g === 0 && b === 0 ? off : 0, 0, 0, 0xff, 0x22]),
  }),
};
