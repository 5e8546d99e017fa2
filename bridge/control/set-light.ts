/** A light's `set` as Home Assistant sends it -> the show that it asks for. */
import { iso } from '../../protocol/clock.ts';
import type { Rgb, Show } from '../../protocol/show.ts';
import { maxShowBytes } from '../../protocol/show.ts';
import type { LightSet } from './schemas.ts';

const white: Rgb = { r: 255, g: 255, b: 255 };

/** What a `set` wants: the override gone, or this show. */
export function wantedShow(set: LightSet, shown: Show | undefined): Show | 'clear' {
  const { state, color, brightness, effect, segments } = set;
  if (set.clear) return 'clear';
  if (state === 'OFF') return { state: 'OFF' };
  const lookless = [color, brightness, effect, segments].every((field) => field === undefined);
  if (lookless && state === 'ON' && set.for === undefined) return 'clear';
  const now = shown?.state === 'ON' ? shown : undefined;
  // A dark light that is only told for how long stays dark.
  if (lookless && state === undefined && !now) return { state: 'OFF' };
  const parts = segments ?? (color || effect ? undefined : dimmed(now?.segments, brightness));
  return {
    state: 'ON',
    color_mode: 'rgb',
    color: color ?? now?.color ?? white,
    brightness: brightness ?? now?.brightness ?? 255,
    effect: effect ?? now?.effect ?? 'solid',
    ...(parts ? { segments: parts } : {}),
  };
}

/** Whether a lamp can hear it in one message, with the end that it is sent with (contract section 4: at most 500 bytes). */
export function fits(show: Show): boolean {
  return JSON.stringify({ ...show, override: { until: iso(0) } }).length <= maxShowBytes;
}

function dimmed<Part extends { effect: string; brightness: number }>(
  segments: Part[] | undefined,
  brightness: number | undefined,
): Part[] | undefined {
  if (brightness === undefined) return segments;
  return segments?.map((segment) => (segment.effect === 'off' ? segment : { ...segment, brightness }));
}
