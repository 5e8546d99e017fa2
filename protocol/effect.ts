/**
 * The one renderer for chip, page and terminal: a show and the time in, pixels out. Pure, and what a frame takes of the
 * chip's memory it gives back at once. Written in the part of the language that Espruino runs: no destructuring, spread
 * or defaults, and a function stands above its first use, for there is no hoisting.
 */
import type { Rgb, Segment, Show } from './show.ts';
import type { Effect } from './status.ts';

/** Below this share of full light nobody sees that a lamp breathes; then a lamp that knows nothing would look off. */
const leastLight = 0.1;

/** What of its light an effect gives at `ms`, 0 to 1. No effect flashes more than three times a second (WCAG 2.3.1). */
function levelAt(effect: Effect, ms: number): number {
  if (effect === 'off') return 0;
  if (effect === 'blink') return ms % 1000 < 500 ? 1 : 0;
  if (effect === 'blink-slow') return ms % 2000 < 1000 ? 1 : 0;
  if (effect === 'identify') {
    const at = ms % 1200;
    return at < 200 || (at >= 400 && at < 600) ? 1 : 0;
  }
  if (effect === 'pulse' || effect === 'breathe') {
    const period = effect === 'pulse' ? 1200 : 4000;
    const wave = 0.5 - 0.5 * Math.cos(((ms % period) / period) * 2 * Math.PI);
    // Squared, because the eye takes half the light for three quarters of it.
    return effect === 'pulse' ? 0.3 + 0.7 * wave * wave : leastLight + (1 - leastLight) * wave * wave;
  }
  return 1;
}

/** Fills the LEDs `from` to `to` (exclusive). Rounds up, so that a faint light never becomes none. */
function fill(pixels: Uint8Array, from: number, to: number, color: Rgb, level: number): void {
  const start = from * 3;
  const end = to * 3;
  pixels[start] = Math.ceil(color.r * level);
  pixels[start + 1] = Math.ceil(color.g * level);
  pixels[start + 2] = Math.ceil(color.b * level);
  // What is full is copied until all is: for the chip one call takes less than three bytes by hand.
  let at = start + 3;
  while (at < end) {
    pixels.set(pixels.subarray(start, Math.min(at, end - at + start)), at);
    at += at - start;
  }
}

/** One bright LED that runs round in 1.5 s with a fading tail; none is ever quite dark. */
function spin(pixels: Uint8Array, from: number, to: number, color: Rgb, light: number, ms: number): void {
  const count = to - from;
  const head = ((ms % 1500) / 1500) * count;
  for (let led = 0; led < count; led++) {
    const behind = (head - led + count) % count;
    const tail = 1 - behind / count;
    fill(pixels, from + led, from + led + 1, color, light * (leastLight + (1 - leastLight) * tail * tail));
  }
}

function paint(pixels: Uint8Array, from: number, to: number, look: Segment, ms: number): void {
  const effect = look.effect;
  const light = look.brightness / 255;
  if (effect === 'spin') spin(pixels, from, to, look.color, light, ms);
  else {
    let level = light;
    if (effect !== 'solid') {
      level *= levelAt(effect, ms);
      if (effect === 'breathe' && light > 0 && level < leastLight) level = leastLight;
    }
    fill(pixels, from, to, look.color, level);
  }
}

/**
 * Writes what a light shows at `ms` into `pixels`: 3 bytes (red, green, blue) per LED, all of them overwritten.
 * Segments take equal parts of the strip, in order; with fewer LEDs than segments the show's own look stands.
 * @param ms milliseconds of a clock that lights share, at least 0; the same time gives the same pixels
 */
export function renderShow(show: Show, ms: number, pixels: Uint8Array): void {
  const count = (pixels.length / 3) | 0;
  if (show.state === 'OFF') {
    pixels.fill(0);
    return;
  }
  const parts = show.segments;
  if (!parts || parts.length === 0 || parts.length > count) {
    paint(pixels, 0, count, show, ms);
    return;
  }
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (!part) continue;
    const from = ((i * count) / parts.length) | 0;
    const to = (((i + 1) * count) / parts.length) | 0;
    paint(pixels, from, to, part, ms);
  }
}

function moves(effect: Effect): boolean {
  return effect !== 'solid' && effect !== 'off';
}

/** Whether a show looks different from one moment to the next; if not, one frame does until the next show. */
export function isMoving(show: Show): boolean {
  if (show.state === 'OFF') return false;
  if (moves(show.effect)) return true;
  const parts = show.segments;
  if (parts) for (const part of parts) if (moves(part.effect)) return true;
  return false;
}
