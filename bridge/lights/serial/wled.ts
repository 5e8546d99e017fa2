/**
 * WLED over USB: one object of its JSON API (kno.wled.ge, "Serial" and "JSON API"), its nightlight as the timer.
 * Only objects are sent: single bytes between them would be commands, 0xB0 to 0xB7 changes of its baud rate.
 */
import { isNumber, json } from '../relay/dialect.ts';
import { wledState } from '../relay/wled.ts';
import type { Said } from '../said.ts';
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
    hear(line) {
      if (line.startsWith('WLED ')) return 'ok';
      const state = json(line)?.['state'];
      return typeof state === 'object' && state !== null ? saidIn(state) : undefined;
    },
    longestLine: 16 * 1024,
  }),
};

/** Its first segment is the one that is told; what is off keeps the brightness that it had. */
function saidIn({ on, bri, seg }: { on?: unknown; bri?: unknown; seg?: { col?: unknown[] }[] }): Said {
  const first = seg?.[0]?.col?.[0];
  const [r, g, b]: unknown[] = Array.isArray(first) ? first : [];
  return {
    ...(typeof on === 'boolean' ? { on } : {}),
    ...(isNumber(bri) ? { brightness: bri } : {}),
    ...(isNumber(r) && isNumber(g) && isNumber(b) ? { color: { r, g, b } } : {}),
  };
}

function solid([r = 0, g = 0, b = 0]: Uint8Array) {
  return {
    state: 'ON',
    color_mode: 'rgb',
    color: { r, g, b },
    brightness: r || g || b ? 255 : 0,
    effect: 'solid',
  } as const;
}
