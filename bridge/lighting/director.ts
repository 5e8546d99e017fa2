/**
 * Board + rules -> what each light must show. The director also says that the bridge is alive, after it has looked
 * at every light: a lamp that hears it knows that somebody still decides, not only that a timer still runs.
 */
import { type Clock, every } from '../../protocol/clock.ts';
import type { Show } from '../../protocol/show.ts';
import type { Status } from '../../protocol/status.ts';
import { aliveEveryMs } from '../../protocol/topics.ts';
import { type Combine, combined } from './combine.ts';
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
  /** What was set by hand on this light came, changed or ended. */
  lightChanged(light: string): void;
  /** A light that comes back is told soon that the bridge is alive; a hundred at once are told together. */
  lightOnline(): void;
  show(light: string): Show | undefined;
  /** Ends the deciding; `show` keeps its last answer. */
  stop(): void;
}

export function createDirector(options: {
  clock: Clock;
  lights: readonly DirectedLight[];
  looks: Looks;
  status: (person: string) => Status;
  /** What was set by hand on a light; it stands over its people. */
  override?: (light: string) => Show | undefined;
  onShow: (light: string, show: Show) => void;
  onAlive: (seq: number) => void;
}): Director {
  const { clock, lights, looks, status, onShow, onAlive } = options;
  const shown = new Map<string, { show: Show; text: string }>();
  const byId = new Map(lights.map((light) => [light.id, light]));
  const lightsOf = new Map<string, DirectedLight[]>();
  for (const light of lights) {
    for (const person of new Set(light.shows)) {
      lightsOf.set(person, [...(lightsOf.get(person) ?? []), light]);
    }
  }
  let seq = 0;
  let cancel = () => {};
  let cancelSoon: (() => void) | undefined;

  function decide(light: DirectedLight): void {
    const show =
      options.override?.(light.id) ??
      combined(light.combine, light.shows.map(status), looks, light.brightness);
    const text = JSON.stringify(show);
    if (shown.get(light.id)?.text === text) return;
    shown.set(light.id, { show, text });
    onShow(light.id, show);
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
    stop() {
      cancel();
      cancelSoon?.();
    },
  };
}
