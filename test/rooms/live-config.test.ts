import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { ConfigFile } from '../../bridge/config/file.ts';
import { parseConfig } from '../../bridge/config/load.ts';
import type { Config } from '../../bridge/config/schema.ts';
import { createLiveConfig, type Parts } from '../../bridge/rooms/live-config.ts';
import { createSayRoom } from '../../bridge/rooms/say.ts';
import { openStore } from '../../bridge/store.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type Ends, endAll, temporaryFolder } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const configOf = (...lights: string[]) =>
  parseConfig(
    `lights: [${lights.map((id) => `{ id: ${id}, kind: page, shows: [] }`).join(', ')}]`,
    'doorlight.yaml',
    {},
  );

it('takes a change when the one before it is done, however long its lights take to go', async () => {
  const store = openStore(temporaryFolder(ends));
  const steps: string[] = [];
  const nothing = () => {};
  const parts = {
    graph: { apply: () => Promise.resolve() },
    lights: {
      all: new Map(),
      async apply(lights: Config['lights']) {
        const ids = lights.map(({ id }) => id).join(' ');
        steps.push(`${ids} begins`);
        await wait(lights.length === 1 ? 50 : 0);
        steps.push(`${ids} ends`);
      },
    },
    mqtt: { apply: () => Promise.resolve(), setLights: nothing },
    rules: { apply: nothing },
    director: { configure: nothing },
    provision: { apply: nothing },
    board: { setStaleAfter: nothing },
    people: nothing,
    view: { tell: nothing, removed: nothing, lightChanged: nothing },
    log: { warn: nothing },
  } as unknown as Parts;
  let edited: (next: Config) => Promise<void> = () => Promise.resolve();
  const file = {
    alsoCheck: nothing,
    fault: () => undefined,
    etag: () => '',
    onChange: (listener: typeof edited) => (edited = listener),
  } as unknown as ConfigFile;
  await createLiveConfig(configOf(), {
    ...{ store, say: createSayRoom({ store, clock: createFakeClock(0) }), file },
    over: () => Promise.resolve(),
    parts: () => parts,
  });
  await Promise.all([edited(configOf('a')), edited(configOf('a', 'b'))]);
  expect(steps).toEqual(['a begins', 'a ends', 'a b begins', 'a b ends']);
});
