/** From the bytes that drive LEDs to the colours that a screen shows. */

/** Red, green, blue, each 0 to 255. */
export type Triple = readonly [number, number, number];

/** Six hex digits per LED to colours; a rest that is no whole LED is left out. */
export function parsePixels(text: string): Triple[] {
  return ledsOf((text.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)));
}

/** Three bytes per LED to colours. */
export function ledsOf(bytes: ArrayLike<number>): Triple[] {
  const leds: Triple[] = [];
  for (let at = 0; at + 3 <= bytes.length; at += 3) leds.push([bytes[at]!, bytes[at + 1]!, bytes[at + 2]!]);
  return leds;
}

/** All LEDs' light together. */
export function average(leds: readonly Triple[]): Triple {
  const sum = (of: 0 | 1 | 2) => leds.reduce((total, led) => total + led[of], 0) / Math.max(1, leds.length);
  return [sum(0), sum(1), sum(2)];
}

/**
 * An LED's colour at full strength as CSS, and its strength 0 to 1 as the eye takes it (duty to the power of 1/2.2).
 * LED primaries are purer than a screen's, so a little of each is mixed into the others: a red lamp on a wall is not #f00.
 */
export function seen([r, g, b]: Triple): { css: string; strength: number } {
  const max = Math.max(r, g, b);
  if (max < 1) return { css: 'rgb(0 0 0)', strength: 0 };
  const mixed = [r + 0.04 * g + 0.06 * b, 0.04 * r + g + 0.2 * b, 0.06 * r + 0.24 * g + b];
  const channels = mixed.map((value) => Math.round(Math.min(255, (value / max) * 255)));
  return { css: `rgb(${channels.join(' ')})`, strength: (max / 255) ** (1 / 2.2) };
}

/** `#rrggbb` as the parts of a show. */
export function rgbOf(hex: string): { r: number; g: number; b: number } {
  const value = Number.parseInt(hex.slice(1), 16);
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255 };
}
