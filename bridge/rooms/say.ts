/** What people themselves say of how they are shown: stronger than the configuration wherever it shows less. */
import type { Clock } from '../../protocol/clock.ts';
import type { Config } from '../config/schema.ts';
import { lowerShare, type Share } from '../presence/share.ts';
import type { Store } from '../store.ts';

const file = 'say.json';
/** A timer of Node's holds 24 days at most, and the wall clock may be set meanwhile. */
const lookAgainMs = 3_600_000;

export interface Said {
  share?: Share;
  /** Wall clock, ms. */
  pausedUntil?: number;
  left?: true;
}

export interface SayRoom {
  of(person: string): Said;
  isPaused(person: string): boolean;
  shareOf(person: string, granted: Share): Share;
  /** Keeps it; an empty one is forgotten. */
  set(person: string, said: Said): Promise<void>;
  /** Somebody is no more, or somebody else has the id now. */
  forget(person: string): Promise<void>;
  /** The configuration without those who left, nowhere. */
  honoured(config: Config): Config;
  /** Calls with whom something changed for; a pause that ends counts. */
  onChange(listener: (person: string) => void): () => void;
  stop(): void;
}

const isSaid = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((said) => typeof said === 'object' && said !== null);

export function createSayRoom({ store, clock }: { store: Store; clock: Clock }): SayRoom {
  const all = new Map(Object.entries(store.read<Record<string, Said>>(file, isSaid) ?? {}));
  const listeners = new Set<(person: string) => void>();
  const timers = new Map<string, () => void>();
  const of = (person: string) => all.get(person) ?? {};
  const tell = (person: string) => {
    for (const listener of listeners) listener(person);
  };

  function waitForEnd(person: string): void {
    timers.get(person)?.();
    timers.delete(person);
    const { pausedUntil } = of(person);
    if (pausedUntil === undefined) return;
    const left = pausedUntil - clock.now();
    timers.set(
      person,
      clock.after(Math.min(Math.max(0, left), lookAgainMs), () => {
        const { pausedUntil: until = 0, ...rest } = of(person);
        if (until > clock.now()) waitForEnd(person);
        // A disk that takes nothing says so itself; the next start finds the pause over, too.
        else set(person, rest).catch(() => {});
      }),
    );
  }

  async function set(person: string, said: Said): Promise<void> {
    if (Object.keys(said).length === 0) all.delete(person);
    else all.set(person, said);
    waitForEnd(person);
    tell(person);
    await store.write(file, Object.fromEntries(all));
  }

  for (const person of all.keys()) waitForEnd(person);
  return {
    of,
    isPaused: (person) => of(person).pausedUntil !== undefined,
    shareOf: (person, granted) => lowerShare(granted, of(person).share ?? granted),
    set,
    async forget(person) {
      if (all.has(person)) await set(person, {});
    },
    honoured(config) {
      const gone = new Set([...all].flatMap(([person, said]) => (said.left ? [person] : [])));
      if (gone.size === 0) return config;
      // Also where a group would bring them back: by address, or as a member by object id.
      const users = [...config.people.filter(({ id }) => gone.has(id)).map(({ user }) => user), ...gone];
      return {
        ...config,
        people: config.people.filter(({ id }) => !gone.has(id)),
        groups: config.groups.map((group) => ({ ...group, exclude: [...group.exclude, ...users] })),
        lights: config.lights.map((light) => ({
          ...light,
          shows: light.shows.filter((id) => !gone.has(id)),
        })),
      };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      for (const cancel of timers.values()) cancel();
      listeners.clear();
    },
  };
}
