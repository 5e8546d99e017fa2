/** Status -> show: the default looks of the contract, with the user's own over them. */
import type { Rgb, Segment, Show, ShowOn } from '../../protocol/show.ts';
import { defaultLooks, type Look, type Status } from '../../protocol/status.ts';

export type Looks = Readonly<Record<Status, Look>>;

/** The default looks with `looks:` of the configuration laid over them. */
export function looksWith(changes: {
  [status: string]: { [Key in keyof Look]?: Look[Key] | undefined };
}): Looks {
  const looks = structuredClone(defaultLooks) as Record<Status, Look>;
  for (const [status, change] of Object.entries(changes)) Object.assign(looks[status as Status], change);
  return looks;
}

/** What a light shows for one status; `brightness` (0 to 1) is the light's own. */
export function showOf(look: Look, brightness: number): Show {
  if (look.effect === 'off') return { state: 'OFF' };
  const show: ShowOn = { state: 'ON', color_mode: 'rgb', ...segmentOf(look, brightness) };
  return show;
}

/** The same as one part of a light. */
export function segmentOf(look: Look, brightness: number): Segment {
  return {
    color: rgb(look.color),
    brightness: look.effect === 'off' ? 0 : Math.round(255 * look.brightness * brightness),
    effect: look.effect,
  };
}

function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255 };
}
