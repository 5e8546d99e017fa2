/** Reads a show message, refusing what the renderer could not draw. */
import { maxShowBytes, type Rgb, type Segment, type Show } from '../protocol/show.ts';
import { effects } from '../protocol/status.ts';

const mostSegments = 8;

function isByte(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 255;
}

function isLook(look: Partial<Segment> | undefined): look is Segment {
  if (!look || typeof look !== 'object' || !look.effect || !isByte(look.brightness)) return false;
  const color: Partial<Rgb> | undefined = look.color;
  if (!color || typeof color !== 'object') return false;
  return isByte(color.r) && isByte(color.g) && isByte(color.b) && effects.indexOf(look.effect) >= 0;
}

/** Only what a show needs: what else came would cost memory as long as the show stands. */
function copy(look: Segment): Segment {
  const color = look.color;
  return {
    color: { r: color.r, g: color.g, b: color.b },
    brightness: look.brightness,
    effect: look.effect,
  };
}

/** The show, or in a few words why it is none. */
export function parseShow(text: string): Show | string {
  if (text.length > maxShowBytes) return 'show over ' + maxShowBytes + ' bytes';
  // Espruino's JSON.parse lets anything follow the value.
  if (text[0] !== '{' || text[text.length - 1] !== '}') return 'show is no JSON object';
  let given: Partial<Segment> & { state?: unknown; segments?: Segment[]; override?: { until?: unknown } };
  try {
    given = JSON.parse(text);
  } catch (_) {
    return 'show is no JSON';
  }
  const until = given.override ? given.override.until : undefined;
  const override = typeof until === 'string' ? { until: until } : undefined;
  if (given.state === 'OFF') return override ? { state: 'OFF', override: override } : { state: 'OFF' };
  if (given.state !== 'ON') return 'show without state ON or OFF';
  const parts = given.segments;
  if (!isLook(given)) return 'show with a wrong color, brightness or effect';
  const look = copy(given);
  const show: Show = {
    state: 'ON',
    color_mode: 'rgb',
    color: look.color,
    brightness: look.brightness,
    effect: look.effect,
  };
  if (override) show.override = override;
  if (parts === undefined) return show;
  if (!Array.isArray(parts) || parts.length > mostSegments) return 'show with wrong segments';
  const segments: Segment[] = [];
  for (const part of parts) {
    if (!isLook(part)) return 'show with a wrong segment';
    segments.push(copy(part));
  }
  show.segments = segments;
  return show;
}
