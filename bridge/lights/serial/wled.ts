/**
 * WLED over USB: one object of its JSON API (kno.wled.ge, "Serial" and "JSON API"), its nightlight as the timer.
 * Only objects are sent: single bytes between them would be commands, 0xB0 to 0xB7 changes of its baud rate.
 */
import { json } from '../relay/dialect.ts';
import { wledState } from '../relay/wled.ts';
import { usualFrameMs } from '../usb/protocol.ts';
import { type SerialDriver, usualBootMs } from './protocol.ts';

const object = (body: object) => Buffer.from(`${JSON.stringify(body)}\n`, 'ascii');

export const wled: SerialDriver = {
  name: 'WLED over USB',
  class: 'timer',
  claims: [],
  make: ({ baud = 115_200 }) => ({
    line: { baudRate: baud },
    bootMs: usualBootMs,
    leds: 1,
    frameMs: usualFrameMs,
    // A nightlight that runs would not start anew; the beats re-arm it.
    restateMs: Number.POSITIVE_INFINITY,
    whole: (show) => object(wledState(show)),
    frame: (pixels) => object(wledState(solid(pixels))),
    disarm: object({ nl: { on: false } }),
    ask: object({ v: true }),
    hear: (line) => (line.startsWith('WLED ') || json(line)?.['state'] !== undefined ? 'ok' : undefined),
    longestLine: 16 * 1024,
  }),
};

function solid([r = 0, g = 0, b = 0]: Uint8Array) {
  return {
    state: 'ON',
    color_mode: 'rgb',
    color: { r, g, b },
    brightness: r || g || b ? 255 : 0,
    effect: 'solid',
  } as const;
}
