/** The LEDs, whatever they are: draws the show it was given last, as often as its effect asks. */
import { isMoving, renderShow } from '../protocol/effect.ts';
import type { Rgb, Segment, Show, ShowOn } from '../protocol/show.ts';
import { openPin } from './pin.ts';
import type { Leds, Settings } from './settings.ts';
import { frameMs, restateMs, sharedTime } from './timing.ts';

/** Puts rendered light, three bytes per LED in the order of the wire, out. */
type Write = (light: Uint8Array) => void;

/** More would take longer to draw than a frame lasts. */
const mostLeds = 150;
/** What an LED takes for `unknown` at its faintest, in mA: more LEDs than there is power for stay dark. */
const leastMilliamps = 4;
/** What a WS2812 takes for one colour at full light, and when dark, in mA (its data sheet). */
const channelMilliamps = 20;
const darkMilliamps = 1;
/** A tenth of full light, below which a lamp that knows nothing would look off. */
const leastUnknown = 26;

function countLeds(leds: Leds): number {
  if (leds.type !== 'ws2812') return 1;
  return Math.max(1, Math.min(leds.count | 0, mostLeds, (leds.maxMilliamps / leastMilliamps) | 0));
}

function writeStrip(leds: Leds, count: number): Write {
  const neopixel = require('neopixel');
  const pin = openPin(leds.pin);
  /** How much light, as a sum of bytes, the power is enough for. */
  const most = ((leds.maxMilliamps - count * darkMilliamps) * 255) / channelMilliamps;
  return (light) => {
    const sum = E.sum(light);
    if (sum > most) for (let i = 0; i < light.length; i++) light[i] = (light[i]! * most) / sum;
    neopixel.write(pin, light);
  };
}

/** LEDs of one colour each, dimmed by PWM; `inverted` ones are lit by a low level. */
function writePins(pins: Pin[], inverted: boolean): Write {
  return (light) => {
    for (let i = 0; i < pins.length; i++) {
      const level = light[i]! / 255;
      analogWrite(pins[i]!, inverted ? 1 - level : level);
    }
  };
}

/** @throws Error when the board lacks the pin or the module, or the settings a type or a pin */
function openLeds(leds: Leds, count: number): Write {
  const type = leds.type;
  if (type === 'ws2812') return writeStrip(leds, count);
  const pins = type === 'onboard' ? [leds.pin] : leds.pins;
  if (pins.length !== 3 && type !== 'onboard') throw new Error('no 3 pins for ' + type);
  return writePins(pins.map(openPin), leds.common === 'anode' || leds.active === 'low');
}

/**
 * What plain LEDs show, as one value for each in the order of their pins. Red, yellow and green: `unknown` (blue that
 * breathes) is a slowly blinking yellow, other colours that they lack are a steady yellow, and steady amber, which says
 * away, is dark unless somebody set it by hand. The one LED of a board: light for red, that is, do not disturb;
 * breathing for `unknown`; else dark.
 */
function toPlain(look: Segment, single: boolean, byHand: boolean): ShowOn {
  const r = look.color.r;
  const g = look.color.g;
  const b = look.color.b;
  const most = Math.max(r, g, b);
  const white = Math.min(r, g, b) * 2 > most;
  const blue = b === most;
  const amber = !blue && (g === most ? r * 4 > g * 3 : g * 2 > r);
  const red = !blue && !amber && r === most;
  const unknown = blue && look.effect === 'breathe';
  let effect = look.effect;
  let color: Rgb = { r: 255, g: 255, b: 255 };
  if (!white) {
    if (single ? !red && !unknown : amber && effect === 'solid' && !byHand) effect = 'off';
    if (!single) {
      if (unknown) effect = 'blink-slow';
      const yellow = blue || amber;
      color = { r: red ? 255 : 0, g: yellow ? 255 : 0, b: yellow || red ? 0 : 255 };
    }
  }
  const brightness = unknown ? Math.max(leastUnknown, look.brightness) : look.brightness;
  return { state: 'ON', color_mode: 'rgb', color, brightness, effect };
}

function lightOf(byte: number, gamma: number): number {
  return Math.round(255 * Math.pow(byte / 255, gamma));
}

/**
 * The eye sees a byte of colour as `(byte / 255) ^ gamma` of the light. Colours only: light itself is linear here.
 * With `swap`, green stands first, as on the wire of most strips: once per show, not for each LED of each frame.
 */
function correct(gamma: number, swap: boolean): (look: Segment) => ShowOn {
  return (look) => {
    const color = look.color;
    const r = lightOf(color.r, gamma);
    const g = lightOf(color.g, gamma);
    return {
      state: 'ON',
      color_mode: 'rgb',
      color: { r: swap ? g : r, g: swap ? r : g, b: lightOf(color.b, gamma) },
      brightness: look.brightness,
      effect: look.effect,
    };
  };
}

/** @param onFault hears that the LEDs cannot be driven, as with a pin that the board lacks */
export function createLeds(settings: Settings, first: Show, onFault: (fault: string) => void) {
  const leds = settings.leds;
  const type = leds.type;
  const single = type === 'onboard';
  const count = countLeds(leds);
  const swap = type === 'ws2812' && leds.order === 'grb';
  // Made once: a frame leaves nothing behind for the chip's small memory to collect.
  const light = new Uint8Array(count * 3);
  const adapt =
    single || type === 'traffic'
      ? (look: Segment, byHand: boolean) => toPlain(look, single, byHand)
      : correct(leds.gamma, swap);
  let shown: Show;
  let write: Write | undefined;
  let timer: number | undefined;

  function draw(): void {
    if (!write) return;
    renderShow(shown, sharedTime(), light);
    write(light);
  }

  function show(next: Show): void {
    const byHand = !!next.override;
    shown = next;
    if (next.state === 'ON') {
      shown = adapt(next, byHand);
      if (next.segments) shown.segments = next.segments.map((look) => adapt(look, byHand));
    }
    const pace = isMoving(shown) ? frameMs : restateMs;
    draw();
    if (timer) changeInterval(timer, pace);
    else timer = setInterval(draw, pace);
  }

  try {
    write = openLeds(leds, count);
    if (count < leds.count && type === 'ws2812') onFault('power for ' + count + ' LEDs only');
  } catch (error) {
    onFault('LEDs: ' + error);
  }
  show(first);
  return show;
}
