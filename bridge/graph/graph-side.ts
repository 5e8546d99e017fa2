/** The room of Microsoft Graph: sign-in, reads, subscription and notifications, behind one start and one stop. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import type { Config, MicrosoftConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Reading } from '../presence/board.ts';
import type { Store } from '../store.ts';
import { createGraph } from './client.ts';
import { cloudOf } from './clouds.ts';
import { openEncryptionKey } from './encryption-key.ts';
import { createFetch } from './http.ts';
import { createInbox } from './inbox.ts';
import type { NotificationSink } from './notification.ts';
import { createDirectory, needsLookUp } from './people.ts';
import { createSignIn, type SignIn } from './sign-in.ts';
import { createSubscription } from './subscription.ts';
import { createValidationTokens } from './validation-token.ts';
import { createWatch, type Watch } from './watch.ts';

/** A read that hangs is given up early enough for the next one to come in time (contract section 3). */
const slackMs = 3_000;
const longestReadMs = 10_000;

export interface GraphSide {
  signIn: SignIn;
  watch: Watch;
  /** Where the hooks hand over what Graph posts. */
  sink: NotificationSink;
  start(): void;
  stop(): Promise<void>;
}

/** The part that can sign in, and no more. @throws ConfigError when `microsoft.caFile` cannot be read */
export function createSignInSide(
  config: Config,
  microsoft: MicrosoftConfig,
  ports: { clock: Clock; log: Log; store: Store },
) {
  const cloud = cloudOf(microsoft);
  const { fetch, close } = createFetch({
    clock: ports.clock,
    caFile: microsoft.caFile,
    proxy: microsoft.proxy,
  });
  // Asked only when used: people by object id need no look-up.
  const scopes = ['Presence.Read.All', ...(needsLookUp(config.people) ? ['User.ReadBasic.All'] : [])];
  return { cloud, fetch, close, signIn: createSignIn({ ...ports, microsoft, cloud, scopes, fetch }) };
}

/** @throws ConfigError when `microsoft.caFile` cannot be read */
export async function createGraphSide(
  config: Config,
  microsoft: MicrosoftConfig,
  ports: {
    clock: Clock;
    log: Log;
    store: Store;
    random: () => number;
    /** Where Graph reaches the hooks; absent = it cannot, so presence is polled. */
    publicUrl: (() => string) | undefined;
    onReading: (reading: Reading) => void;
  },
): Promise<GraphSide> {
  const { clock, log, store, random } = ports;
  const { source, people } = config;
  const { cloud, fetch, signIn, close } = createSignInSide(config, microsoft, ports);
  const timeoutMs = Math.min(longestReadMs, source.pollSeconds * 1000 + slackMs);
  const graph = createGraph({ cloud, fetch, token: signIn.token, timeoutMs });
  const directory = createDirectory({ graph, people, log });

  const key = await openEncryptionKey(store, clock.now);
  const clientState = randomUUID();
  const { publicUrl } = ports;
  const subscription =
    publicUrl && cloud.push && source.mode !== 'poll'
      ? createSubscription({
          graph,
          clock,
          random,
          key,
          clientState,
          publicUrl,
          objectIds: directory.objectIds,
          log,
        })
      : undefined;
  const watch = createWatch({
    source,
    graph,
    directory,
    subscription,
    clock,
    onReading: ports.onReading,
    log,
  });
  const inbox = createInbox({
    clock,
    clientState,
    key,
    tokens: createValidationTokens({ cloud, clientId: microsoft.clientId, fetch, now: clock.now }),
    tenantId: () => signIn.state().tenantId,
    onPresence(objectId, words, asOf) {
      for (const person of directory.personOf(objectId)) {
        ports.onReading({ person, words, source: 'push', asOf });
      }
    },
    onDoubt: watch.readNow,
    onLifecycle: watch.lifecycle,
    log,
  });

  let wasOk = false;
  signIn.onChange(({ status }) => {
    if (status === 'ok' && !wasOk) watch.readNow();
    wasOk = status === 'ok';
  });

  return {
    signIn,
    watch,
    sink: inbox,
    start: watch.start,
    async stop() {
      signIn.stop();
      await watch.stop();
      await close();
    },
  };
}
