/** What is to be known of the Graph side by whoever looks for a fault: of a running bridge, or tried once. */
import type { Clock } from '../../protocol/clock.ts';
import type { SignInState } from '../../protocol/sign-in.ts';
import type { Config, MicrosoftConfig } from '../config/schema.ts';
import { type Log, reasonOf } from '../log.ts';
import type { Store } from '../store.ts';
import { createGraph, failureOf, wordsFor } from './client.ts';
import { createDirectory } from './people.ts';
import { grantedIn, type Permission, permissionsFor } from './permissions.ts';
import { readPresences } from './poller.ts';
import { SignInNeeded } from './sign-in/refusal.ts';
import { createSignInSide } from './sign-in-side.ts';

export interface GraphDiagnosis {
  accounts: SignInState[];
  /** `granted` is null where the token does not say. */
  permissions: (Permission & { granted: boolean | null })[];
  /** `none` while nothing can be read. */
  source: 'push' | 'poll' | 'none';
  /** Why it is not push, or why there is nothing; empty on push. */
  why: string;
  /** How many people were found in the tenant. */
  people: number;
  /** Who cannot be found or has no presence, and groups that cannot be read; a sentence each. */
  troubles: string[];
}

export function permissionsIn(config: Config, token: string | undefined): GraphDiagnosis['permissions'] {
  const granted = token === undefined ? undefined : grantedIn(token);
  return permissionsFor(config).map((each) => ({ ...each, granted: granted?.includes(each.name) ?? null }));
}

/**
 * Signs in with what is stored, looks everybody up and reads presence once. Asks nobody for a sign-in.
 * @throws ConfigError when a file that microsoft: names cannot be read
 */
export async function diagnose(
  config: Config,
  microsoft: MicrosoftConfig,
  ports: { clock: Clock; log: Log; store: Store },
): Promise<GraphDiagnosis> {
  const { clock, store, log } = ports;
  const { accounts, cloud, fetch, close } = createSignInSide(config, microsoft, ports, { asks: false });
  const failures: unknown[] = [];
  for (const signIn of accounts.all()) {
    // A stored token proves nothing about the sign-in behind it, so a new one is fetched.
    const first = await signIn.token().catch((error: unknown) => void failures.push(error));
    if (first === undefined) continue;
    signIn.refused(first, true);
    await signIn.token().catch((error: unknown) => failures.push(error));
  }
  const good = accounts.all().find((signIn) => signIn.state().status !== 'needed');
  const token = await good?.token().catch(() => undefined);
  const found: GraphDiagnosis = {
    accounts: accounts.states(),
    permissions: permissionsIn(config, token),
    source: 'none',
    why: failures[0] === undefined ? '' : reasonOf(failures[0]),
    people: 0,
    troubles: [],
  };
  if (!good || token === undefined) {
    accounts.stop();
    await close();
    return found;
  }

  const { refused } = good;
  const graph = createGraph({ cloud, fetch, token: good.token, refused, timeoutMs: 10_000, now: clock.now });
  const { people, groups } = config;
  const directory = createDirectory({ graph: () => graph, people, groups, store, clock, log });
  try {
    await directory.lookUp();
    const ids = directory.objectIds();
    directory.answered(ids, await readPresences(graph, ids));
    Object.assign(found, { source: 'poll', people: ids.length, why: '' });
  } catch (error) {
    found.why = error instanceof SignInNeeded ? error.message : wordsFor(failureOf(error));
  }
  found.troubles = directory.troubles();
  await directory.stop();
  accounts.stop();
  await close();
  return found;
}
