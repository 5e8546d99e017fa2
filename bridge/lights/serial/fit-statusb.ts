/**
 * CompuLab fit-statUSB: a USB CDC device of one LED, ASCII lines (fit-pc.com wiki, "fit-statUSB"). `#RRGGBB` and LF
 * set the colour. `P` would start its firmware update, so nothing but a colour is ever sent.
 */
import type { SerialProtocol } from './light.ts';

export const fitStatusb: SerialProtocol = {
  baudRate: 115_200,
  leds: 1,
  encode: (pixels) => Buffer.from(`#${Buffer.from(pixels).toString('hex')}\n`, 'ascii'),
};
