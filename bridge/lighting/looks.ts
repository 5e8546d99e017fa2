/** Status -> show: the default looks of the contract, with the user's own over them. */
import type { Rgb, Segment, Show } from '../../protocol/show.ts';
import { colorBlindLooks, defaultLooks, type Look, type Status, statuses } from '../../protocol/status.ts';

/** Of 255. Below it nobody sees that a light says "unknown" (contract section 3). */
const leastUnknown = 26;

/** Shows of one set of looks, at one light's own brightness (0 to 1). */
export interface Looks {
  all: Readonly<Record<Status, Look>>;
  show(status: Status, brightness: number): Show;
  /** The same as one part of a light. */
  segment(status: Status, brightness: number): Segment;
}

/** The default looks with `looks:` of the configuration laid over them. */
export function looksWith(
  changes: { [status: string]: { [Key in keyof Look]?: Look[Key] | undefined } },
  colorBlind = false,
): Looks {
  const base: Readonly<Record<Status, Look>> = colorBlind ? colorBlindLooks : defaultLooks;
  // Each a copy of its own: statuses of one class share theirs.
  const looks = Object.fromEntries(
    statuses.map((status) => [status, { ...base[status], ...changes[status] }]),
  ) as Record<Status, Look>;

  function segment(status: Status, brightness: number): Segment {
    const look = looks[status];
    const light = look.effect === 'off' ? 0 : Math.round(255 * look.brightness * brightness);
    return {
      color: rgb(look.color),
      brightness: status === 'unknown' ? Math.max(leastUnknown, light) : light,
      effect: look.effect,
    };
  }

  return {
    all: looks,
    segment,
    show: (status, brightness) =>
      looks[status].effect === 'off'
        ? { state: 'OFF' }
        : { state: 'ON', color_mode: 'rgb', ...segment(status, brightness) },
  };
}

function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255 };
}
