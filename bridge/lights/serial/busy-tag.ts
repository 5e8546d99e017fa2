/**
 * Luxafor Busy Tag: AT commands over USB CDC (Luxafor help centre, "Busy Tag USB CDC Command Reference Guide").
 * `AT+SC=<LEDs>,<RRGGBB>`: LEDs is a decimal bit set of seven, 127 all of them. It answers `OK` or `ERROR:n`; lines
 * that begin with `+evn:` are events. The maker's library opens it with DTR off and RTS on, at 460800.
 */
import { usualRestateMs } from '../usb/protocol.ts';
import { hex, type SerialDriver } from './protocol.ts';

const everyLed = 127;

export const busyTag: SerialDriver = {
  name: 'Luxafor Busy Tag',
  class: 'host',
  claims: [{ vendor: '303a', product: '81df' }],
  make: ({ baud = 460_800 }) => ({
    line: { baudRate: baud, modem: { dtr: false, rts: true } },
    leds: 1,
    // Each command is answered, and its controller also serves a display and Wi-Fi.
    frameMs: 100,
    restateMs: usualRestateMs,
    frame: (pixels) => Buffer.from(`AT+SC=${everyLed},${hex(pixels)}\r\n`, 'ascii'),
    ask: Buffer.from('AT+GDN\r\n', 'ascii'),
    hear: (line) => (/^(OK$|\+DN:)/.test(line) ? 'ok' : /^ERROR/.test(line) ? 'refused' : undefined),
  }),
};
