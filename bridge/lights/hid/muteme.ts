/**
 * MuteMe and MuteMe Mini (muteme.com, "MuteMe HID Key"): one byte, bits 1 red, 2 green, 4 blue; plus 0x10 dim, 0x20 fast
 * pulse, 0x30 slow pulse. 0x41 would make it a drive for new firmware: nothing above 0x37 is ever sent.
 */
import type { Rgb, Show } from '../../../protocol/show.ts';
import { usualRestateMs } from '../usb/protocol.ts';
import type { HidDriver } from './protocol.ts';

const [dim, fast, slow] = [0x10, 0x20, 0x30];
const dimBelow = 100;

/** Where its own pulses stand for an effect. */
const pulses: Partial<Record<string, number>> = {
  pulse: fast,
  blink: fast,
  identify: fast,
  breathe: slow,
  'blink-slow': slow,
};

/** The nearest of seven colours: amber and purple are two lights, a breath of a third one is none. */
function bits({ r, g, b }: Rgb): number {
  const most = Math.max(r, g, b);
  const on = (part: number) => most > 0 && part >= most / 2;
  return (on(r) ? 1 : 0) | (on(g) ? 2 : 0) | (on(b) ? 4 : 0);
}

function byteOf(show: Show): number {
  if (show.state === 'OFF' || show.brightness === 0 || show.effect === 'off') return 0;
  const color = bits(show.color);
  if (color === 0) return 0;
  return color | (pulses[show.effect] ?? (show.brightness < dimBelow ? dim : 0));
}

export const muteme: HidDriver = {
  name: 'MuteMe',
  class: 'host',
  claims: [
    // The prototypes' ids are V-USB's own, which anybody may use.
    { vendor: '16c0', product: '27db', says: /muteme/i },
    ...['42da', '42db'].map((product) => ({ vendor: '20a0', product })),
    ...['0001', '0002', '0003', '0004'].map((product) => ({ vendor: '3603', product })),
  ],
  make: () => ({
    leds: 1,
    frameMs: 200,
    restateMs: usualRestateMs,
    whole: (show) => Buffer.from([0, byteOf(show)]),
    frame: ([r = 0, g = 0, b = 0]) => Buffer.from([0, bits({ r, g, b })]),
  }),
};
