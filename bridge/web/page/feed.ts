/** All that the page knows: who is what, what each light shows, and whether the bridge still says so. */
import type { Clock } from '../../../protocol/clock.ts';
import type { HealthPayload, LightView, PersonView } from '../../../protocol/payloads.ts';
import { ask, type Info } from './api.ts';
import { createEventStream } from './event-stream.ts';

export interface Snapshot {
  /** `closed`: somebody has to claim the bridge or sign in first. */
  connection: 'opening' | 'live' | 'lost' | 'closed';
  /** Wall clock in ms of the loss. */
  lostAt: number;
  info: Info | null;
  people: ReadonlyMap<string, PersonView>;
  lights: ReadonlyMap<string, LightView>;
  health: HealthPayload | null;
}

/** Six hex digits per LED, as the firmware set them. */
export type PixelText = string;

/** How long to leave a bridge alone that streams but does not answer, in ms. */
const rereadMs = 3000;

export type Feed = ReturnType<typeof createFeed>;

/** Holds the picture and keeps it true. A 401 from anywhere closes it; `start` tries again. */
export function createFeed({ clock }: { clock: Clock }) {
  let now: Snapshot = {
    connection: 'opening',
    lostAt: 0,
    info: null,
    people: new Map(),
    lights: new Map(),
    health: null,
  };
  const watchers = new Set<() => void>();
  /** The newest of each simulated lamp, for a door that is drawn later; void once the connection is lost. */
  const newestPixels = new Map<string, PixelText>();
  const pixelWatchers = new Map<string, Set<(pixels: PixelText) => void>>();
  /** Events that arrive while the lists are read are newer than the lists: they wait, then go on top. */
  let waiting: Array<() => void> | undefined;
  let opening = 0;

  function change(part: Partial<Snapshot>): void {
    now = { ...now, ...part };
    for (const watcher of watchers) watcher();
  }

  function lose(status: number): void {
    opening += 1;
    newestPixels.clear();
    if (status === 401) {
      stream.stop();
      change({ connection: 'closed' });
    } else if (now.connection !== 'lost') change({ connection: 'lost', lostAt: clock.now() });
  }

  async function readAll(): Promise<void> {
    const mine = ++opening;
    waiting = [];
    const [info, people, lights] = await Promise.all([
      ask<Info>('/api/info'),
      ask<PersonView[]>('/api/people'),
      ask<LightView[]>('/api/lights'),
    ]);
    if (mine !== opening) return;
    const failed = [info, people, lights].find((answer) => !answer.ok);
    if (failed && !failed.ok && failed.status === 401) return lose(401);
    if (!info.ok || !people.ok || !lights.ok) {
      stream.stop();
      clock.after(rereadMs, stream.start);
      return lose(0);
    }
    change({
      connection: 'live',
      info: info.value,
      people: new Map(people.value.map((person) => [person.id, person])),
      lights: new Map(lights.value.map((light) => [light.id, light])),
    });
    const late = waiting;
    waiting = undefined;
    for (const apply of late) apply();
  }

  const on: Record<string, (data: never) => void> = {
    presence: (person: PersonView) => change({ people: new Map(now.people).set(person.id, person) }),
    light: (light: LightView) => change({ lights: new Map(now.lights).set(light.id, light) }),
    health: (health: HealthPayload) => change({ health }),
    pixels: ({ id, pixels }: { id: string; pixels: PixelText }) => {
      newestPixels.set(id, pixels);
      for (const watcher of pixelWatchers.get(id) ?? []) watcher(pixels);
    },
  };

  const stream = createEventStream({
    url: '/api/events',
    clock,
    onOpen: () => void readAll(),
    onEvent(name, data) {
      const apply = () => on[name]?.(data as never);
      if (waiting) waiting.push(apply);
      else apply();
    },
    onLost: lose,
  });

  return {
    /** Asks who we are first: a closed bridge is not knocked at again and again. */
    async start(): Promise<void> {
      const info = await ask<Info>('/api/info');
      if (info.ok) change({ info: info.value });
      const closed = info.ok
        ? !info.value.demo && (info.value.claimed === false || info.value.signedIn === false)
        : info.status === 401;
      if (closed) change({ connection: 'closed' });
      else stream.start();
    },
    stop: () => stream.stop(),
    snapshot: () => now,
    subscribe(watcher: () => void): () => void {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    subscribePixels(light: string, watcher: (pixels: PixelText) => void): () => void {
      const those = pixelWatchers.get(light) ?? new Set();
      pixelWatchers.set(light, those.add(watcher));
      const newest = newestPixels.get(light);
      if (newest !== undefined && now.lights.get(light)?.online) watcher(newest);
      return () => those.delete(watcher);
    },
  };
}
