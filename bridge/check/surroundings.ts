/** Gathers what the checks look at: from the running bridge where there is one, else by trying once. */
import type { LightHealth } from '../../protocol/api.ts';
import type { Clock } from '../../protocol/clock.ts';
import { listenersOf } from '../config/listeners.ts';
import type { Config } from '../config/schema.ts';
import { cloudOf } from '../graph/clouds.ts';
import { diagnose, type GraphDiagnosis } from '../graph/diagnosis.ts';
import { createFetch } from '../graph/http.ts';
import { takeLock } from '../lock.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store.ts';
import { contact } from './contact.ts';
import type { Surroundings } from './finding.ts';

export interface Gathered {
  surroundings: Surroundings;
  close(): Promise<void>;
}

/**
 * @param running what the bridge on this data directory says of its Graph side; undefined when none is running
 * @throws LockError when another command works on the data directory
 */
export async function gather(options: {
  config: Config;
  file: string;
  store: Store;
  clock: Clock;
  running: GraphDiagnosis | null | undefined;
  chains?: readonly LightHealth[] | undefined;
}): Promise<Gathered> {
  const { config, file, store, clock, running } = options;
  const { microsoft } = config;
  const outside = createFetch({ clock, proxy: microsoft?.proxy });
  const surroundings: Surroundings = {
    config,
    file,
    clock,
    listeners: listenersOf(config, {}),
    running: running !== undefined,
    graph: running ?? undefined,
    chains: options.chains,
    microsoft: undefined,
    fetch: outside.fetch,
  };
  if (microsoft) {
    const inside = createFetch({ clock, caFile: microsoft.caFile, proxy: microsoft.proxy });
    const { authority, graph } = cloudOf(microsoft);
    const metadata = `${authority}/${microsoft.tenant}/v2.0/.well-known/openid-configuration`;
    const [first, second] = await Promise.all([
      contact(inside.fetch, clock, metadata),
      // Without a token: an answer is all that is wanted.
      contact(inside.fetch, clock, `${graph}/v1.0/me`),
    ]);
    surroundings.microsoft = { authority: first, graph: second };
    await inside.close();
    if (running === undefined) surroundings.graph = await tryOnce();
  }

  async function tryOnce(): Promise<GraphDiagnosis> {
    const unlock = takeLock(store);
    try {
      return await diagnose(config, microsoft!, { clock, store, log: silent });
    } finally {
      unlock();
    }
  }

  return { surroundings, close: outside.close };
}

/** What would be logged is what the findings say. */
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
