/** Moves one lamp's picture: from the pixels that its firmware set, else from what it says it shows. */
import { isMoving, renderShow } from '../../../../protocol/effect.ts';
import type { LightView } from '../../../../protocol/payloads.ts';
import type { Show } from '../../../../protocol/show.ts';
import { ledsOf, parsePixels, type Triple } from './color.ts';
import { createPainter } from './painter.ts';

/** How many LEDs are drawn for a lamp that does not tell. */
const assumedLeds = 12;
/** How long a lamp takes to fade away when nobody can say what it shows, in ms. */
const fadeMs = 1200;

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const bright = matchMedia('(prefers-color-scheme: light)');
const schemeNow = () => (bright.matches ? 'light' : 'dark');

/** A light without its movement, for people whom movement hurts: the words beside it name the effect. */
function still(show: Show): Show {
  if (show.state === 'OFF' || show.effect === 'off') return show;
  const segments = show.segments?.map((segment) => ({ ...segment, effect: 'solid' as const }));
  return { ...show, effect: 'solid', ...(segments ? { segments } : {}) };
}

/** Paints only while something changes. */
export function createDrive(canvas: HTMLCanvasElement, doors: number) {
  let painter = createPainter(canvas, doors, schemeNow());
  const bytes = new Uint8Array(assumedLeds * 3);
  let light: LightView | undefined;
  let dark = true;
  let pixels: string | undefined;
  let leds: readonly Triple[] = [];
  let level = 0;
  let last = 0;
  let painted = '';
  let request = 0;

  function current(now: number): readonly Triple[] {
    if (dark || !light) return leds;
    if (pixels !== undefined && !(calm.matches && light.state)) return parsePixels(pixels);
    if (!light.state) return [];
    renderShow(calm.matches ? still(light.state) : light.state, now, bytes);
    return ledsOf(bytes);
  }

  function tick(now: number): void {
    request = 0;
    const goal = dark ? 0 : 1;
    const step = calm.matches || goal === 1 ? 1 : Math.min(1, (now - last) / fadeMs);
    level = goal > level ? 1 : Math.max(goal, level - step);
    last = now;
    leds = current(now);
    const key = `${level} ${leds.join()}`;
    if (key !== painted) painter.paint(leds, level);
    painted = key;
    if (
      level !== goal ||
      (!dark && pixels === undefined && !calm.matches && light?.state && isMoving(light.state))
    )
      queue();
  }

  function queue(): void {
    if (request) return;
    request = requestAnimationFrame(tick);
  }

  const onCalm = () => queue();
  const onScheme = () => {
    painter = createPainter(canvas, doors, schemeNow());
    painted = '';
    queue();
  };
  calm.addEventListener('change', onCalm);
  bright.addEventListener('change', onScheme);

  return {
    /** `lost`: the page has no connection, so it knows of no light what it shows. */
    update(next: LightView, lost: boolean): void {
      light = next;
      dark = lost || !next.online;
      if (dark) {
        pixels = undefined;
        last = performance.now();
      }
      queue();
    },
    setPixels(text: string): void {
      pixels = text;
      queue();
    },
    stop(): void {
      cancelAnimationFrame(request);
      calm.removeEventListener('change', onCalm);
      bright.removeEventListener('change', onScheme);
    },
  };
}
