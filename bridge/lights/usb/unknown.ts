/** What a light says when nobody knows: the contract's look of unknown, and what is last sent to a light. */
import type { Rgb, Show } from '../../../protocol/show.ts';
import { defaultLooks } from '../../../protocol/status.ts';

export const plainBlack: Rgb = { r: 0, g: 0, b: 0 };

/** The colour of unknown at a share of its light, 0 to 1. */
export function unknownColor(light: number): Rgb {
  const value = Number.parseInt(defaultLooks.unknown.color.slice(1), 16);
  const part = (shift: number) => Math.ceil(((value >> shift) & 255) * light);
  return { r: part(16), g: part(8), b: part(0) };
}

/** The last look of a light when the bridge goes: dark, or unknown and still, for nobody draws it any more. */
export function lastShow(onStop: 'dark' | 'unknown'): Show {
  if (onStop === 'dark') return { state: 'OFF' };
  const look = { color: unknownColor(1), brightness: 255, effect: 'solid' } as const;
  return { state: 'ON', color_mode: 'rgb', ...look };
}
