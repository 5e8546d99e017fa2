/**
 * Board + rules -> what each light must show. The director also says that the bridge is alive, after it has looked
 * at every light: a lamp that hears it knows that somebody still decides, not only that a timer still runs.
 */
import { type Clock, every } from '../../protocol/clock.ts';
import type { Show } from '../../protocol/show.ts';
import type { Status } from '../../protocol/status.ts';
import { aliveEveryMs } from '../../protocol/topics.ts';
import { type Combine, combined, statusOf } from './combine.ts';
import type { Looks } from './looks.ts';

const gatherMs = 100;

export interface DirectedLight {
  id: string;
  shows: readonly string[];
  combine: Combine;
  /** 0 to 1 */
  brightness: number;
}

export interface Director {
  start(): void;
  /** Work per change: the lights that show this person, however many others there are. */
  personChanged(person: string): void;
  /** Other lights or looks than before; those that stay are told only what differs. */
  configure(lights: readonly DirectedLight[], looks: Looks): void;
  /** Groups have other members than before. */
  groupsChanged(): void;
  /** What was set by hand on this light came, changed or ended. */
  lightChanged(light: string): void;
  /** A light that comes back is told soon that the bridge is alive; a hundred at once are told together. */
  lightOnline(): void;
  show(light: string): Show | undefined;
  /** Whether it is dark because of quiet hours. */
  isQuiet(light: string): boolean;
  /** Ends the deciding; `show` keeps its last answer. */
  stop(): void;
}

export function createDirector(options: {
  clock: Clock;
  lights: readonly DirectedLight[];
  /** The people of a group, or nothing when the id is a person's. */
  membersOf?: (id: string) => readonly string[] | undefined;
  looks: Looks;
  status: (person: string) => Status;
  /** What was set by hand on a light; it stands over its people. */
  override?: (light: string) => Show | undefined;
  /** Dark now, because of quiet hours; what was set by hand stands over that. */
  quiet?: (light: string) => boolean;
  /** The light's own brightness now, 0 to 1. */
  brightness?: (light: DirectedLight) => number;
  /** `stands` is the status that the show is the look of; nothing when it was set by hand. */
  onShow: (light: string, show: Show, stands: Status | undefined) => void;
  onAlive: (seq: number) => void;
}): Director {
  const { clock, status, onShow, onAlive, membersOf = () => undefined } = options;
  let { lights, looks } = options;
  const shown = new Map<string, { show: Show; text: string }>();
  let byId = new Map(lights.map((light) => [light.id, light]));
  const lightsOf = new Map<string, DirectedLight[]>();
  const peopleOf = new Map<string, string[]>();
  lookUpPeople();
  let seq = 0;
  let cancel = () => {};
  let cancelSoon: (() => void) | undefined;

  function lookUpPeople(): void {
    lightsOf.clear();
    peopleOf.clear();
    for (const light of lights) {
      const people = [...new Set(light.shows.flatMap((id) => membersOf(id) ?? [id]))];
      peopleOf.set(light.id, people);
      for (const person of people) {
        const shown = lightsOf.get(person);
        if (shown) shown.push(light);
        else lightsOf.set(person, [light]);
      }
    }
  }

  const isQuiet = (light: string) => !options.override?.(light) && (options.quiet?.(light) ?? false);

  function byRule(light: DirectedLight, people: readonly Status[]): Show {
    if (isQuiet(light.id)) return { state: 'OFF' };
    const brightness = options.brightness?.(light) ?? light.brightness;
    return combined(light.combine, people, looks, brightness);
  }

  function decide(light: DirectedLight): void {
    const people = peopleOf.get(light.id)!.map(status);
    const byHand = options.override?.(light.id);
    const show = byHand ?? byRule(light, people);
    const stands = byHand ? undefined : statusOf(light.combine, people);
    const text = JSON.stringify([show, stands]);
    if (shown.get(light.id)?.text === text) return;
    shown.set(light.id, { show, text });
    onShow(light.id, show, stands);
  }

  function alive(): void {
    for (const light of lights) decide(light);
    onAlive(++seq);
  }

  return {
    start() {
      alive();
      cancel = every(clock, aliveEveryMs, alive);
    },
    personChanged(person) {
      for (const light of lightsOf.get(person) ?? []) decide(light);
    },
    configure(nextLights, nextLooks) {
      lights = nextLights;
      looks = nextLooks;
      byId = new Map(lights.map((light) => [light.id, light]));
      for (const id of shown.keys()) if (!byId.has(id)) shown.delete(id);
      lookUpPeople();
      for (const light of lights) decide(light);
    },
    groupsChanged() {
      lookUpPeople();
      for (const light of lights) decide(light);
    },
    lightChanged(id) {
      const light = byId.get(id);
      if (light) decide(light);
    },
    lightOnline() {
      cancelSoon ??= clock.after(gatherMs, () => {
        cancelSoon = undefined;
        alive();
      });
    },
    show: (light) => shown.get(light)?.show,
    isQuiet,
    stop() {
      cancel();
      cancelSoon?.();
    },
  };
}
