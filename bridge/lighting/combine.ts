/** Several people on one light (`combine:` in the configuration). */
import { maxShowBytes, type Show, type ShowOn } from '../../protocol/show.ts';
import { busiestFirst, type Status } from '../../protocol/status.ts';
import type { Looks } from './looks.ts';

export type Combine = 'busiest' | 'first' | 'all';

const mostSegments = 8;

const dark: ShowOn = {
  state: 'ON',
  color_mode: 'rgb',
  color: { r: 0, g: 0, b: 0 },
  brightness: 0,
  effect: 'off',
};

/** The one status that a light of such people stands for; a light for nobody shows unknown. */
export function statusOf(combine: Combine, people: readonly Status[]): Status {
  const busiest = () => busiestFirst.find((status) => people.includes(status));
  return (combine === 'first' ? people[0] : busiest()) ?? 'unknown';
}

/** The show for people in these statuses, in the order of `shows:`. */
export function combined(
  combine: Combine,
  people: readonly Status[],
  looks: Looks,
  brightness: number,
): Show {
  const show = looks.show(statusOf(combine, people), brightness);
  if (combine !== 'all' || people.length < 2 || people.length > mostSegments) return show;
  const segments = people.map((status) => looks.segment(status, brightness));
  if (segments.every((segment) => segment.effect === 'off')) return show;
  const all: ShowOn = { ...(show.state === 'ON' ? show : dark), segments };
  // More than a lamp can take, or more people than parts: then the busiest speaks for all, and nobody is left out.
  return JSON.stringify(all).length > maxShowBytes ? show : all;
}
