/** One lamp and its light, painted on a canvas from real LED colours. */
import { average, seen, type Triple } from './color.ts';
import { createLightMap, lamp as fixture, view } from './light-map.ts';
import { createScenery, type Scheme } from './scenery.ts';

/** Pixels per centimetre. Many doors share the memory that few may have. */
const scaleFor = (doors: number) => (doors > 24 ? 1 : 1.75);

const made = new Map<string, { lit: HTMLCanvasElement; unlit: HTMLCanvasElement }>();

function pictures(scale: number, scheme: Scheme) {
  const key = `${scale} ${scheme}`;
  const known = made.get(key) ?? { lit: createLightMap(scale), unlit: createScenery(scale, scheme) };
  made.set(key, known);
  return known;
}

/** Paints the LEDs in a ring, first one on top, and their light on wall, door and floor. `level` 0 to 1 dims all. */
export function createPainter(canvas: HTMLCanvasElement, doors: number, scheme: Scheme) {
  const scale = scaleFor(doors);
  const { lit, unlit } = pictures(scale, scheme);
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

  /** A disc of light: `css` at alpha `heart` in the middle, `skirt` a third of the way out, nothing at the edge. */
  function glow(x: number, y: number, radius: number, css: string, heart: number, skirt: number): void {
    const gradient = context.createRadialGradient(x, y, 0, x, y, radius);
    const faded = (alpha: number) => css.replace(')', ` / ${alpha})`);
    gradient.addColorStop(0, faded(heart));
    gradient.addColorStop(0.35, faded(skirt));
    gradient.addColorStop(1, faded(0));
    context.fillStyle = gradient;
    context.fillRect(x - radius, y - radius, radius * 2, radius * 2);
  }

  function ring(leds: readonly Triple[], level: number): void {
    const orbit = leds.length < 3 ? 0 : fixture.radius * 0.66 * scale;
    const size = (leds.length < 3 ? fixture.radius * 0.95 : Math.max(3.6, 38 / leds.length)) * scale;
    context.globalCompositeOperation = 'source-over';
    leds.forEach((led, index) => {
      const { css, strength } = seen(led);
      const turn = (index / leds.length) * Math.PI * 2;
      const x = middle.x + Math.sin(turn) * orbit;
      const y = middle.y - Math.cos(turn) * orbit;
      context.globalAlpha = strength * level;
      glow(x, y, size, css, 1, 1);
      glow(x, y, size * 0.75, 'rgb(255 255 255)', 0.9, 0.7);
    });
    const { css, strength } = seen(average(leds));
    context.globalAlpha = strength * level;
    context.globalCompositeOperation = 'screen';
    glow(middle.x, middle.y, fixture.radius * 5 * scale, css, 0.45, 0.14);
    context.globalAlpha = 1;
  }

  return {
    paint(leds: readonly Triple[], level: number): void {
      wash(leds, level);
      if (level > 0) ring(leds, level);
    },
  };
}
