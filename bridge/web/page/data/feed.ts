/** All that the page knows: who is what, what each light shows, and whether the bridge still says so. */

import type { ApiInfo } from '../../../../protocol/api.ts';
import type { Clock } from '../../../../protocol/clock.ts';
import type { HealthPayload, LightView, PersonView } from '../../../../protocol/payloads.ts';
import type { SignInState } from '../../../../protocol/sign-in.ts';
import { ask } from './api.ts';
import { createEventStream } from './event-stream.ts';

export interface Snapshot {
  /** `closed`: somebody has to claim the bridge or sign in first, or a link is no longer good. */
  connection: 'opening' | 'live' | 'lost' | 'closed';
  /** Wall clock in ms of the loss. */
  lostAt: number;
  info: ApiInfo | null;
  people: ReadonlyMap<string, PersonView>;
  lights: ReadonlyMap<string, LightView>;
  health: HealthPayload | null;
  signIn: readonly SignInState[];
  /** The version of the configuration that is in force. */
  configEtag: string;
}

/** Six hex digits per LED, as the firmware set them. */
export type PixelText = string;

export interface FeedOptions {
  clock: Clock;
  /** The event stream: the page's own, or a board's. */
  url?: string;
  /** The board's link. */
  token?: string;
}

export type Feed = ReturnType<typeof createFeed>;

/**
 * Holds the picture and keeps it true. Each opening of the stream tells everything anew and ends that with `health`;
 * until then the old picture stands, so that nothing flickers and nobody who is gone stays.
 */
export function createFeed({ clock, url = '/api/events', token }: FeedOptions) {
  let now: Snapshot = {
    connection: 'opening',
    lostAt: 0,
    info: null,
    people: new Map(),
    lights: new Map(),
    health: null,
    signIn: [],
    configEtag: '',
  };
  const watchers = new Set<() => void>();
  /** The newest of each simulated lamp, for a door that is drawn later; void once the connection is lost. */
  const newestPixels = new Map<string, PixelText>();
  const pixelWatchers = new Map<string, Set<(pixels: PixelText) => void>>();
  let draft: { people: Map<string, PersonView>; lights: Map<string, LightView> } | undefined;

  function change(part: Partial<Snapshot>): void {
    now = { ...now, ...part };
    for (const watcher of watchers) watcher();
  }

  function lose(status: number): void {
    newestPixels.clear();
    if (status === 401) {
      stream.stop();
      void readInfo().then(() => change({ connection: 'closed' }));
    } else if (now.connection !== 'lost') change({ connection: 'lost', lostAt: clock.now() });
  }

  async function readInfo(): Promise<void> {
    const info = await ask<ApiInfo>('/api/info');
    if (info.ok) change({ info: info.value });
  }

  const put = <Of extends 'people' | 'lights'>(of: Of, item: { id: string }) => {
    if (draft) draft[of].set(item.id, item as never);
    else change({ [of]: new Map<string, unknown>(now[of]).set(item.id, item) });
  };

  const on: Record<string, (data: never) => void> = {
    presence: (person: PersonView) => put('people', person),
    light: (light: LightView) => put('lights', light),
    health: (health: HealthPayload) => {
      const all = draft ?? {};
      draft = undefined;
      change({ ...all, health, connection: 'live' });
    },
    removed: ({ of, id }: { of: 'people' | 'lights'; id: string }) => {
      const left = new Map<string, unknown>(now[of]);
      left.delete(id);
      change({ [of]: left });
    },
    config: ({ etag }: { etag: string }) => change({ configEtag: etag }),
    'sign-in': (signIn: SignInState[]) => change({ signIn }),
    pixels: ({ id, pixels }: { id: string; pixels: PixelText }) => {
      newestPixels.set(id, pixels);
      for (const watcher of pixelWatchers.get(id) ?? []) watcher(pixels);
    },
  };

  const stream = createEventStream({
    url,
    token,
    clock,
    onOpen() {
      draft = { people: new Map(), lights: new Map() };
      if (now.connection === 'lost') void readInfo();
    },
    onEvent: (name, data) => on[name]?.(data as never),
    onLost: lose,
  });

  return {
    start(): void {
      change({ connection: 'opening' });
      if (!token) void readInfo();
      stream.start();
    },
    stop: () => stream.stop(),
    readInfo,
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
