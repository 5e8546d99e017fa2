/**
 * Lamps of three plain colours (contract section 3): unknown is yellow and blinks, out of office is yellow, away and
 * "be right back" are dark. What is set by hand becomes the nearest of red, yellow and green.
 */
import type { Rgb, ShowOn } from '../../../protocol/show.ts';
import type { Effect, Status } from '../../../protocol/status.ts';
import type { UsbProtocol } from './protocol.ts';

export type Plain = 'red' | 'yellow' | 'green';

export const plainColors: Readonly<Record<Plain, Rgb>> = {
  red: { r: 255, g: 0, b: 0 },
  yellow: { r: 255, g: 255, b: 0 },
  green: { r: 0, g: 255, b: 0 },
};

/** `colorBlind: true` on such a lamp: six classes by which of the three is lit and whether it blinks; none is dark. */
const byPlace: Readonly<Partial<Record<Status, readonly [Plain, Effect]>>> = {
  available: ['green', 'solid'],
  busy: ['red', 'solid'],
  meeting: ['red', 'solid'],
  dnd: ['red', 'solid'],
  focusing: ['red', 'solid'],
  call: ['red', 'blink'],
  presenting: ['red', 'blink'],
  away: ['yellow', 'solid'],
  brb: ['yellow', 'solid'],
  unknown: ['yellow', 'blink-slow'],
};

/** Shows in one of three colours at full light; what moves more finely than a lamp can blinks as `effects` says. */
export function inPlainColors(effects: Readonly<Record<Effect, Effect>>): NonNullable<UsbProtocol['within']> {
  const look = (color: Plain, effect: Effect): ShowOn => ({
    state: 'ON',
    color_mode: 'rgb',
    color: plainColors[color],
    brightness: 255,
    effect: effects[effect],
  });
  return (show, stands, colorBlind) => {
    if (show.state === 'OFF' || show.brightness === 0 || show.effect === 'off') return { state: 'OFF' };
    const place = colorBlind && stands && byPlace[stands];
    if (place) return look(...place);
    if (stands === 'away' || stands === 'brb') return { state: 'OFF' };
    if (stands === 'unknown') return look('yellow', 'blink-slow');
    if (stands === 'ooo') return look('yellow', 'solid');
    return look(nearest(show.color), show.effect);
  };
}

/** Which lamp a drawn LED stands for; nothing for a dark one. */
export function plainOf([r = 0, g = 0]: Uint8Array): Plain | undefined {
  if (r > 0) return g > 0 ? 'yellow' : 'red';
  return g > 0 ? 'green' : undefined;
}

function nearest({ r, g, b }: Rgb): Plain {
  // Blue is nobody's lamp, and neither go nor stop.
  if (b > r && b > g) return 'yellow';
  if (g > r * 2) return 'green';
  return r > g * 2 && r > b * 2 ? 'red' : 'yellow';
}
