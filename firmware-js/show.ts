/** Reads a show message, refusing what the renderer could not draw. */
import { maxShowBytes, type Segment, type Show } from '../protocol/show.ts';
import { effectWords } from '../protocol/status.ts';

const mostSegments = 8;

function isByte(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 255;
}

/** @throws what reading on in a null or a number throws */
function isLook(look: Segment): boolean {
  const color = look.color;
  return (
    isByte(color.r) &&
    isByte(color.g) &&
    isByte(color.b) &&
    isByte(look.brightness) &&
    look.effect.indexOf(' ') < 0 &&
    (' ' + effectWords + ' ').indexOf(' ' + look.effect + ' ') >= 0
  );
}

/** The show, or in a few words why it is none. */
export function parseShow(text: string): Show | string {
  if (text.length > maxShowBytes) return 'show too long';
  try {
    const show: Show = JSON.parse(text);
    // Espruino's JSON.parse lets anything follow the value.
    if (text[text.length - 1] === '}') {
      if (show.state === 'OFF') return show;
      if (show.state === 'ON' && isLook(show)) {
        const parts = show.segments;
        if (!parts || (parts.length <= mostSegments && parts.every(isLook))) return show;
      }
    }
  } catch (_) {
    // As any other.
  }
  return 'wrong show';
}
