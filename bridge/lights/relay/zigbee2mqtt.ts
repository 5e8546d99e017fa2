/** A bulb behind zigbee2mqtt (zigbee2mqtt.io, "MQTT Topics and Messages"): `on_time` is the timer. */
import type { Rgb } from '../../../protocol/show.ts';
import { type Dialect, isNumber, json, timerSeconds } from './dialect.ts';

export function zigbee2mqtt(topic: string): Dialect {
  const bridgeState = `${topic.split('/')[0]}/bridge/state`;
  const set = (body: object) => ({ topic: `${topic}/set`, payload: JSON.stringify(body) });
  return {
    topics: [topic, `${topic}/availability`, bridgeState],
    // A bulb tells the nearest colour that it can mix.
    colorTolerance: 80,
    prepare: [],
    disarm: [],
    ask: [{ topic: `${topic}/get`, payload: '{"state":""}' }],
    look(show) {
      if (show.state === 'OFF' || show.brightness === 0) return [set({ state: 'OFF' })];
      // The timer goes with a bare ON only: beside a brightness, on_time is not sent to the bulb. 254 is the most.
      const brightness = Math.round((show.brightness / 255) * 254);
      return [
        set({ brightness, color: show.color, transition: 0 }),
        set({ state: 'ON', on_time: timerSeconds }),
      ];
    },
    read(at, payload) {
      const said = json(payload);
      if (at !== topic) {
        // Plain in old versions and JSON in new ones. The bridge being there says nothing of the bulb.
        const online = (said?.['state'] ?? payload) === 'online';
        return at === bridgeState && online ? undefined : { online };
      }
      if (!said) return undefined;
      const { state, brightness } = said;
      const color = rgbOfColor(said['color']);
      return {
        online: true,
        ...(color ? { color } : {}),
        ...(state === 'ON' || state === 'OFF' ? { on: state === 'ON' } : {}),
        ...(isNumber(brightness) ? { brightness: Math.round((brightness / 254) * 255) } : {}),
      };
    },
  };
}

/** A `color` of zigbee2mqtt, at full brightness: CIE 1931 x and y, or hue in degrees and saturation in per cent. */
function rgbOfColor(value: unknown): Rgb | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { x, y, hue, saturation } = value as Partial<Record<'x' | 'y' | 'hue' | 'saturation', unknown>>;
  if (isNumber(x) && isNumber(y) && y > 0) return brightest(linearOfXy(x, y).map(gammaOf));
  if (!isNumber(hue) || !isNumber(saturation)) return undefined;
  const part = (shift: number) => {
    const k = (shift + hue / 60) % 6;
    return 1 - (saturation / 100) * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return brightest([part(5), part(3), part(1)]);
}

/** By the wide gamut with D65 that bulbs are told colours in (Philips Hue, "Color conversion formulas RGB to XY"). */
function linearOfXy(x: number, y: number): number[] {
  const [X, Z] = [x / y, (1 - x - y) / y];
  return [
    X * 1.656492 - 0.354851 - Z * 0.255038,
    -X * 0.707196 + 1.655397 + Z * 0.036152,
    X * 0.051713 - 0.121364 + Z * 1.01153,
  ];
}

/** sRGB's companding; what is outside the gamut is cut off. */
const gammaOf = (linear: number) =>
  linear <= 0.0031308 ? Math.max(0, 12.92 * linear) : 1.055 * linear ** (1 / 2.4) - 0.055;

function brightest(parts: number[]): Rgb {
  const [r = 0, g = 0, b = 0] = parts.map((part) => Math.round((part / Math.max(...parts, 0.001)) * 255));
  return { r, g, b };
}
