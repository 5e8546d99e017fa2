/**
 * ThingM blink(1) (github.com/todbot/blink1, docs/blink1-hid-commands.md): feature report 1 of eight bytes. `c` fades to
 * a colour (time in 10 ms, LED 0 = all), `P` writes one line of the pattern that it plays, `D` is the server tickle: it
 * plays the pattern when none came for so long. Nothing is kept over a power cut (`W`), and `G` would start its bootloader.
 */

import { usualFrameMs, usualRestateMs } from '../usb/protocol.ts';
import { plainBlack, unknownColor } from '../usb/unknown.ts';
import type { HidDriver } from './protocol.ts';

/** As many lines as the first generation has. */
const lines = 12;
const fadeMs = 2_000;
const tickleMs = 45_000;

const report = (command: string, ...bytes: number[]) =>
  Buffer.from([1, command.charCodeAt(0), ...bytes, ...Array<number>(6 - bytes.length).fill(0)]);
const time = (ms: number) => [Math.floor(ms / 10 / 256), Math.floor(ms / 10) % 256];

/** What it does without the bridge: breathe in the colour of unknown, or stay dark. */
function pattern(onStop: 'dark' | 'unknown'): Buffer[] {
  return Array.from({ length: lines }, (_, line) => {
    const { r, g, b } = onStop === 'unknown' ? unknownColor(line % 2 === 0 ? 1 : 0.2) : plainBlack;
    return report('P', r, g, b, ...time(fadeMs), line);
  });
}

export const blink1: HidDriver = {
  name: 'ThingM blink(1)',
  class: 'timer',
  claims: [{ vendor: '27b8', product: '01ed' }],
  make: ({ onStop }) => ({
    feature: true,
    leds: 1,
    frameMs: usualFrameMs,
    restateMs: usualRestateMs,
    greet: pattern(onStop),
    frame: ([r = 0, g = 0, b = 0]) => report('c', r, g, b, 0, 0, 0),
    keepAlive: report('D', 1, ...time(tickleMs), 0, 0, lines),
  }),
};
