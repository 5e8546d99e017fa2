/** The LEDs: draws the show it was given last, as often as its effect asks. */
import { isMoving, renderShow } from '../protocol/effect.ts';
import type { Show } from '../protocol/show.ts';
import type { Leds } from './settings.ts';
import type { Timing } from './timing.ts';

export function createStrip(leds: Leds, timing: Timing, first: Show) {
  const neopixel = require('neopixel');
  const pin = new Pin('D' + leds.pin);
  // Made once: a frame leaves nothing behind for the chip's small memory to collect.
  const rgb = new Uint8Array(leds.count * 3);
  const wire = new Uint8Array(leds.count * 3);
  const swap = leds.order === 'grb' ? 1 : 0;
  let shown = first;

  function draw(): void {
    renderShow(shown, getTime() * 1000, rgb);
    for (let at = 0; at < rgb.length; at += 3) {
      wire[at] = rgb[at + swap]! * leds.brightness;
      wire[at + 1] = rgb[at + 1 - swap]! * leds.brightness;
      wire[at + 2] = rgb[at + 2]! * leds.brightness;
    }
    neopixel.write(pin, wire);
  }

  function pace(): number {
    return isMoving(shown) ? timing.frame : timing.restate;
  }

  draw();
  const timer = setInterval(draw, pace());

  return {
    show(next: Show): void {
      shown = next;
      draw();
      changeInterval(timer, pace());
    },
  };
}
