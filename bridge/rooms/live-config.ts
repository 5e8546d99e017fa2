/** Another configuration while the bridge runs: each part is told what is its own, and no light shows a wrong state. */
import type { ConfigFile } from '../config/file.ts';
import type { Config } from '../config/schema.ts';
import { type Looks, looksWith } from '../lighting/looks.ts';
import type { Log } from '../log.ts';
import { orInMemory, type Store } from '../store.ts';
import type { View } from '../web/view.ts';
import { rulesOf } from './rules.ts';
import type { SayRoom } from './say.ts';

/** What cannot change under an open socket; it is in force from the next start on. */
const atStart = {
  'web.host': (config: Config) => config.web.host,
  'web.port': (config: Config) => config.web.port,
  'web.tls': (config: Config) => config.web.tls,
  hooks: (config: Config) => config.hooks,
  mqtt: ({ mqtt: { users: _, ...mqtt } }: Config) => mqtt,
};
/** Whom and what the ids stood for when it was last in force, for a file that is edited while the bridge is off. */
const entriesFile = 'entries.json';

interface Entries {
  people: { id: string; user: string }[];
  lights: { id: string }[];
}

const entriesOf = ({ people, lights }: Config): Entries => ({
  people: people.map(({ id, user }) => ({ id, user })),
  lights: lights.map(({ id }) => ({ id })),
});
const isEntries = ({ people, lights }: Entries): boolean => Array.isArray(people) && Array.isArray(lights);

const source = ({ microsoft, source, people, groups }: Config) => ({ microsoft, source, people, groups });

export interface Parts {
  graph: { apply(config: Config): Promise<void> };
  lights: { apply(lights: Config['lights']): Promise<void>; all: ReadonlyMap<string, unknown> };
  mqtt: { apply(config: Config): Promise<void>; setLights(lights: Config['lights']): void };
  rules: { apply(config: Config): void };
  director: { configure(lights: Config['lights'], looks: Looks): void };
  provision: { apply(lights: Config['lights']): void };
  board: { setStaleAfter(ms: number): void };
  /** People may be others than before. */
  people(): void;
  view: View;
  log: Log;
}

export interface LiveConfig {
  /** As in the file. */
  written(): Config;
  /** In force: without those who left. */
  current(): Config;
  /** Keys of the file whose change waits for the next start. */
  restart(): string[];
  /** Takes what is in force anew, because somebody left or came back. */
  again(): Promise<void>;
}

export async function createLiveConfig(
  start: Config,
  options: {
    store: Store;
    say: SayRoom;
    file: ConfigFile | undefined;
    /** These are no more, or another has their id: what was granted for them must not be the next one's. */
    over: (people: readonly string[], lights: readonly string[]) => Promise<void>;
    parts: () => Parts;
  },
): Promise<LiveConfig> {
  const { store, say, file, over, parts } = options;
  let written = start;
  let kept = store.read<Entries>(entriesFile, isEntries);
  await settle(start);
  let current = say.honoured(start);
  const begun = current;
  const differ = (a: Config, b: Config, pick: (config: Config) => unknown) =>
    JSON.stringify(pick(a)) !== JSON.stringify(pick(b));

  /** Ends what was granted for who and what is no more. */
  async function settle(next: Config): Promise<void> {
    const before = kept ?? entriesOf(next);
    const now = entriesOf(next);
    await over(
      goneOf(before.people, now.people, ({ user }) => user),
      goneOf(before.lights, now.lights),
    );
    if (JSON.stringify(kept) !== JSON.stringify(now)) await orInMemory(store.write(entriesFile, now));
    kept = now;
  }

  /** @throws ConfigError when a file that the configuration names cannot be read; the rest is in force */
  async function take(next: Config): Promise<void> {
    const { graph, lights, mqtt, people, view, ...rest } = parts();
    const before = current;
    await settle(next);
    written = next;
    current = say.honoured(next);
    const differs = (pick: (config: Config) => unknown) => differ(before, current, pick);
    const hasLights = differs((config) => config.lights);
    if (hasLights || differs((config) => config.mqtt.users)) await mqtt.apply(current);
    if (hasLights) {
      await lights.apply(current.lights);
      // Only now: a light that goes has its last word.
      mqtt.setLights(current.lights);
    }
    rest.board.setStaleAfter(current.source.staleAfterSeconds * 1000);
    rest.provision.apply(current.lights);
    rest.rules.apply(current);
    rest.director.configure(current.lights, looksWith(current.looks, current.colorBlind));
    for (const { id } of before.lights) if (!lights.all.has(id)) view.removed('lights', id);
    for (const id of lights.all.keys()) view.lightChanged(id);
    if (differs(source)) {
      await graph.apply(current);
      people();
    }
  }

  let taken = Promise.resolve();
  /** One after the other: lights of a change that is not done yet must not come after those of the next. */
  function inTurn(next: () => Config): Promise<void> {
    const turn = taken.then(() => take(next()));
    taken = turn.catch(() => {});
    return turn;
  }

  file?.alsoCheck((next) => void rulesOf(next));
  file?.onChange(async (next) => {
    const { log, view } = parts();
    if (next) await inTurn(() => next);
    const refused = file.fault();
    if (refused) log.warn(`The configuration was edited and is not in force: ${refused.split('\n')[0]}`);
    view.tell({ event: 'config', data: { etag: file.etag(), ...(refused ? { refused } : {}) } });
  });

  return {
    written: () => written,
    current: () => current,
    restart: () =>
      Object.entries(atStart).flatMap(([key, pick]) => (differ(begun, current, pick) ? [key] : [])),
    again: () => inTurn(() => written),
  };
}

/** The ids that are no more, or stand for another. */
function goneOf<Entry extends { id: string }>(
  before: readonly Entry[],
  after: readonly Entry[],
  who: (entry: Entry) => string = () => '',
): string[] {
  const now = new Map(after.map((entry) => [entry.id, who(entry)]));
  return before.filter((entry) => now.get(entry.id) !== who(entry)).map(({ id }) => id);
}
