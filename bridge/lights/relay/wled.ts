/** WLED (kno.wled.ge, "MQTT" and "JSON API"): its nightlight is the timer. */
import type { Show, ShowOn } from '../../../protocol/show.ts';
import type { Effect } from '../../../protocol/status.ts';
import { type Dialect, rgbOf } from './dialect.ts';

/** Effect id and speed. 0 Solid, 1 Blink, 2 Breathe, 28 Chase. */
const effects: Record<Effect, [fx: number, speed: number]> = {
  solid: [0, 128],
  off: [0, 128],
  pulse: [2, 200],
  breathe: [2, 100],
  blink: [1, 200],
  'blink-slow': [1, 128],
  spin: [28, 128],
  identify: [1, 230],
};

/** Contract section 3, and where WLED's Breathe turns round (FX.cpp, mode_breath): shares of full light. */
const leastUnknown = 0.1;
const breatheLow = 30 / 255;

/** Breathe goes towards the second colour: as much of the first one as leaves a tenth of full light at any brightness. */
function behind({ effect, color, brightness }: ShowOn): number[] {
  const share =
    effect === 'breathe' ? ((leastUnknown * 255) / brightness - breatheLow) / (1 - breatheLow) : 0;
  const within = Math.min(1, Math.max(0, share));
  return [color.r, color.g, color.b].map((part) => Math.ceil(part * within));
}

/** The state object of WLED's JSON API for a show, its nightlight of a minute armed. */
export function wledState(show: Show): object {
  if (show.state === 'OFF' || show.brightness === 0) return { on: false, nl: { on: false } };
  const { r, g, b } = show.color;
  const [fx, sx] = effects[show.effect];
  const col = [[r, g, b], behind(show), [0, 0, 0]];
  // `dur` is in minutes; mode 0 goes to `tbri` at once when it is over.
  const nl = { on: true, dur: 1, mode: 0, tbri: 0 };
  return { on: true, bri: show.brightness, nl, seg: [{ fx, sx, pal: 0, col }] };
}

export function wled(topic: string): Dialect {
  const api = (body: object) => ({ topic: `${topic}/api`, payload: JSON.stringify(body) });
  return {
    topics: [`${topic}/status`, `${topic}/g`, `${topic}/c`],
    prepare: [],
    // A nightlight that runs does not start anew: it must have been off for a round of WLED's loop (100 ms).
    disarm: [api({ nl: { on: false } })],
    ask: [],
    look: (show) => [api(wledState(show))],
    read(at, payload) {
      if (at === `${topic}/status`) return { online: payload === 'online' };
      if (at === `${topic}/g`) {
        const brightness = Number(payload);
        return payload !== '' && brightness >= 0 && brightness <= 255
          ? { brightness, on: brightness > 0 }
          : undefined;
      }
      // With a white channel: #WWRRGGBB.
      const color =
        at === `${topic}/c` ? rgbOf(payload.length === 9 ? payload.slice(3) : payload) : undefined;
      return color && { color };
    },
  };
}
