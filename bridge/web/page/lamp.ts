/** One lamp and its light, painted on a canvas from real LED colours. */
import { average, seen, type Triple } from './color.ts';
import { createLightMap, lamp as fixture, view } from './light-map.ts';
import { createScenery } from './scenery.ts';

/** Pixels per centimetre. Many doors share the memory that few may have. */
const scaleFor = (doors: number) => (doors > 24 ? 1 : 1.75);

const made = new Map<number, { lit: HTMLCanvasElement; unlit: HTMLCanvasElement }>();

function pictures(scale: number) {
  const known = made.get(scale) ?? { lit: createLightMap(scale), unlit: createScenery(scale) };
  made.set(scale, known);
  return known;
}

/** Paints the LEDs in a ring, first one on top, and their light on wall, door and floor. `level` 0 to 1 dims all. */
export function createPainter(canvas: HTMLCanvasElement, doors: number) {
  const scale = scaleFor(doors);
  const { lit, unlit } = pictures(scale);
  canvas.width = lit.width;
  canvas.height = lit.height;
  const context = canvas.getContext('2d')!;
  const middle = { x: canvas.width / 2, y: (view.top - fixture.y) * scale };

  function wash(leds: readonly Triple[], level: number): void {
    const { css, strength } = seen(average(leds));
    context.globalCompositeOperation = 'copy';
    context.globalAlpha = strength * level;
    context.drawImage(lit, 0, 0);
    context.globalAlpha = 1;
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = css;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.globalCompositeOperation = 'destination-over';
    context.drawImage(unlit, 0, 0);
  }

  function glow(x: number, y: number, radius: number, stops: Array<[number, string]>, alpha: number): void {
    const gradient = context.createRadialGradient(x, y, 0, x, y, radius);
    for (const [at, color] of stops) gradient.addColorStop(at, color);
    context.globalAlpha = alpha;
    context.fillStyle = gradient;
    context.fillRect(x - radius, y - radius, radius * 2, radius * 2);
  }

  function ring(leds: readonly Triple[], level: number): void {
    const orbit = leds.length < 3 ? 0 : fixture.radius * 0.66 * scale;
    const size = (leds.length < 3 ? fixture.radius * 0.95 : Math.max(3.6, 34 / leds.length)) * scale;
    context.globalCompositeOperation = 'lighter';
    leds.forEach((led, index) => {
      const { css, strength } = seen(led);
      if (strength === 0) return;
      const turn = (index / leds.length) * Math.PI * 2;
      const x = middle.x + Math.sin(turn) * orbit;
      const y = middle.y - Math.cos(turn) * orbit;
      const clear = css.replace(')', ' / 0)');
      glow(
        x,
        y,
        size,
        [
          [0, css],
          [0.35, css],
          [1, clear],
        ],
        strength * level,
      );
      glow(
        x,
        y,
        size * 0.5,
        [
          [0, 'rgb(255 255 255 / 0.75)'],
          [1, 'rgb(255 255 255 / 0)'],
        ],
        strength * level,
      );
    });
    const { css, strength } = seen(average(leds));
    const clear = css.replace(')', ' / 0)');
    const halo = [
      [0, css.replace(')', ' / 0.5)')],
      [0.3, css.replace(')', ' / 0.16)')],
      [1, clear],
    ] as Array<[number, string]>;
    glow(middle.x, middle.y, fixture.radius * 5 * scale, halo, strength * level);
    context.globalAlpha = 1;
  }

  return {
    paint(leds: readonly Triple[], level: number): void {
      wash(leds, level);
      if (level > 0) ring(leds, level);
    },
  };
}
