/** Several people on one light (`combine:` in the configuration). */
import type { Show, ShowOn } from '../../protocol/show.ts';
import { busiestFirst, type Status } from '../../protocol/status.ts';
import { type Looks, segmentOf, showOf } from './looks.ts';

export type Combine = 'busiest' | 'first' | 'all';

const mostSegments = 8;

/** The show for people in these statuses, in the order of `shows:`; a light for nobody shows unknown. */
export function combined(
  combine: Combine,
  people: readonly Status[],
  looks: Looks,
  brightness: number,
): Show {
  if (combine === 'first') return showOf(looks[people[0] ?? 'unknown'], brightness);
  const busiest = busiestFirst.find((status) => people.includes(status)) ?? 'unknown';
  const show = showOf(looks[busiest], brightness);
  if (combine === 'busiest' || people.length < 2) return show;
  const segments = people.slice(0, mostSegments).map((status) => segmentOf(looks[status], brightness));
  const dark: ShowOn = {
    state: 'ON',
    color_mode: 'rgb',
    color: { r: 0, g: 0, b: 0 },
    brightness: 0,
    effect: 'off',
  };
  if (segments.every((segment) => segment.effect === 'off')) return show;
  return { ...(show.state === 'ON' ? show : dark), segments };
}
