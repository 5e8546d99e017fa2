/**
 * LCUS relay boards behind a stack light (LC Technology, LCUS-1 to -8): four bytes, 0xA0, the channel, 1 or 0, and the
 * sum of the three. Channel 1 is red, 2 yellow, 3 green unless `channels:` says otherwise; no other one is touched.
 * A relay wears with each switching, so nothing blinks faster than once in two seconds.
 */
import type { Effect } from '../../../protocol/status.ts';
import { inPlainColors, type Plain, plainOf } from '../usb/plain.ts';
import { usualRestateMs } from '../usb/protocol.ts';
import { type SerialDriver, usualBootMs } from './protocol.ts';

const effects: Readonly<Record<Effect, Effect>> = {
  solid: 'solid',
  off: 'off',
  spin: 'solid',
  pulse: 'blink-slow',
  breathe: 'blink-slow',
  blink: 'blink-slow',
  'blink-slow': 'blink-slow',
  identify: 'blink-slow',
};

const command = (channel: number, on: 0 | 1) => [0xa0, channel, on, (0xa0 + channel + on) & 0xff];

export const relay: SerialDriver = {
  name: 'LCUS relay board',
  class: 'host',
  claims: [],
  make: ({ baud = 9_600, channels }) => ({
    line: { baudRate: baud },
    bootMs: usualBootMs,
    leds: 1,
    frameMs: 500,
    restateMs: usualRestateMs,
    within: inPlainColors(effects),
    frame(pixels) {
      const lit = plainOf(pixels);
      const off = (['red', 'yellow', 'green'] as Plain[]).filter((lamp) => lamp !== lit);
      return Buffer.from([
        ...off.flatMap((lamp) => command(channels[lamp], 0)),
        ...(lit ? command(channels[lit], 1) : []),
      ]);
    },
  }),
};
