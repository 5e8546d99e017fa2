/** Reads a show message, refusing what the renderer could not draw. */
import { maxShowBytes, type Rgb, type Segment, type Show } from '../protocol/show.ts';
import { effectWords } from '../protocol/status.ts';

const mostSegments = 8;

/** A show of the same form, with each look, its own and its segments', changed. */
export function mapLooks(show: Show, change: (look: Segment) => Segment): Show {
  const override = show.override;
  let result: Show = { state: 'OFF' };
  if (show.state === 'ON') {
    result = Object.assign({ state: 'ON' as const, color_mode: 'rgb' as const }, change(show), {});
    if (show.segments) result.segments = show.segments.map(change);
  }
  if (override) result.override = { until: override.until };
  return result;
}

function isByte(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 255;
}

/** Only what a look needs: what else came would cost memory as long as the show stands. */
function copyLook(look: Segment): Segment {
  const color: Rgb = look.color;
  if (!isByte(color.r) || !isByte(color.g) || !isByte(color.b) || !isByte(look.brightness)) throw 0;
  if (effectWords.split(' ').indexOf(look.effect) < 0) throw 0;
  return {
    color: { r: color.r, g: color.g, b: color.b },
    brightness: look.brightness,
    effect: look.effect,
  };
}

/** The show, or in a few words why it is none. */
export function parseShow(text: string): Show | string {
  if (text.length > maxShowBytes) return 'show too long';
  try {
    const show: Show = JSON.parse(text);
    // Espruino's JSON.parse lets anything follow the value.
    const whole = text[text.length - 1] === '}';
    if (whole && (show.state === 'OFF' || (show.state === 'ON' && !tooMany(show)))) {
      return mapLooks(show, copyLook);
    }
  } catch (_) {
    // As any other.
  }
  return 'wrong show';
}

function tooMany(show: Show & { state: 'ON' }): boolean {
  return !!show.segments && show.segments.length > mostSegments;
}
