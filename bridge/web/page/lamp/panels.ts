/** What stands on a lamp's screen: one panel, or one for each person, with the colour of its part of the light. */
import type { LampView } from '../../../../protocol/api.ts';
import type { Show, ShowOn } from '../../../../protocol/show.ts';
import { defaultLooks, type Status } from '../../../../protocol/status.ts';
import { rgbOf } from '../board/color.ts';

export interface Panel {
  show: Show;
  name: string;
  /** Nothing where the light shows no status: set by hand, or several people in one colour. */
  status: Status | null;
  since: string | null;
  until: string | null;
}

const { color, effect } = defaultLooks.unknown;
const on = { state: 'ON', color_mode: 'rgb' } as const;
/** What a lamp shows by itself that hears nothing. */
export const unknownShow: ShowOn = { ...on, color: rgbOf(color), brightness: 255, effect };
const identifyShow: ShowOn = {
  ...on,
  color: { r: 255, g: 255, b: 255 },
  brightness: 255,
  effect: 'identify',
};

/** `view` is nothing while all is unknown. */
export function panelsOf(view: LampView | null, identify: boolean): Panel[] {
  const unknown = { name: view?.name ?? '', status: 'unknown' as const, since: null, until: null };
  if (identify) return [{ ...unknown, show: identifyShow, status: null }];
  if (!view?.show) return [{ ...unknown, show: unknownShow }];
  const { show, people } = view;
  const parts = show.state === 'ON' ? show.segments : undefined;
  const byHand = show.override?.until ?? null;
  if (parts && parts.length === people.length)
    return people.map((person, index) => ({ ...person, show: { ...on, ...parts[index]! } }));
  if (people.length === 1) return [{ ...people[0]!, show, until: byHand ?? people[0]!.until }];
  return people.length === 0
    ? [{ ...unknown, status: null, show, until: byHand }]
    : [{ ...shared(view), show }];
}

/** Several people, one colour: the colour stands for the busiest of them, and the panel says who they are. */
function shared({ name, people }: LampView): Omit<Panel, 'show'> {
  const same = people.every(({ status }) => status === people[0]!.status);
  return { name, status: same ? people[0]!.status : null, since: null, until: null };
}

/** The show of the whole screen, for the bridge: what the lamp says it shows. */
export function shownOf(view: LampView | null, identify: boolean): Show {
  return identify ? identifyShow : (view?.show ?? unknownShow);
}
