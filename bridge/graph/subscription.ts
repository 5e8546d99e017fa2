/**
 * One live presence subscription: created, renewed at half its life by PATCH, made anew when it is gone
 * (Microsoft Learn, "Get change notifications for presence updates in Microsoft Teams").
 */
import type { Clock } from '../../protocol/clock.ts';
import type { Log } from '../log.ts';
import { failureOf, type Graph } from './client.ts';
import type { EncryptionKey } from './encryption-key.ts';

/** The most is 60 minutes; what is over it will one day be refused instead of cut. */
const lifeMs = 59 * 60_000;

export interface LiveSubscription {
  id: string;
  /** Wall clock, ms. */
  expiresAt: number;
  /** Monotonic ms: when to renew. */
  renewAt: number;
}

export interface Subscription {
  current(): LiveSubscription | undefined;
  /** Creates or renews, whichever is due; resolves with what lives then. @throws what Graph refused with */
  keep(): Promise<LiveSubscription>;
  /** Makes the next `keep` renew at once. */
  renewNow(): void;
  /** Deletes it at Graph, so that the next start finds the place free; failing is no matter. */
  remove(): Promise<void>;
}

export function createSubscription(options: {
  graph: Graph;
  clock: Clock;
  /** 0 to 1 */
  random: () => number;
  key: EncryptionKey;
  clientState: string;
  /** Where Graph reaches the hooks. */
  publicUrl: () => string;
  objectIds: () => string[];
  log: Log;
}): Subscription {
  const { graph, clock, random, key, log } = options;
  let live: LiveSubscription | undefined;

  const expirationDateTime = () => new Date(clock.now() + lifeMs).toISOString();

  function accept(answer: unknown): LiveSubscription {
    const { id, expirationDateTime: expires } = (answer ?? {}) as {
      id?: unknown;
      expirationDateTime?: unknown;
    };
    if (typeof id !== 'string') throw new Error('Graph answered a subscription without an id');
    const expiresAt = Date.parse(String(expires));
    const left = Number.isNaN(expiresAt) ? lifeMs : Math.max(0, expiresAt - clock.now());
    // Half-life with jitter: two more tries fit before the end, and a hundred bridges do not renew together.
    const renewAt = clock.monotonic() + left * (0.45 + 0.1 * random());
    live = { id, expiresAt: clock.now() + left, renewAt };
    return live;
  }

  async function create(): Promise<LiveSubscription> {
    const hooks = `${options.publicUrl().replace(/\/$/, '')}/graph`;
    const body = {
      changeType: 'updated',
      resource: resourceOf(options.objectIds()),
      notificationUrl: `${hooks}/notifications`,
      lifecycleNotificationUrl: `${hooks}/lifecycle`,
      expirationDateTime: expirationDateTime(),
      clientState: options.clientState,
      includeResourceData: true,
      encryptionCertificate: key.certificate,
      encryptionCertificateId: key.id,
      latestSupportedTlsVersion: 'v1_2',
    };
    try {
      return accept(await graph.post('/subscriptions', body));
    } catch (error) {
      if (failureOf(error).status !== 409) throw error;
      log.info('A presence subscription of an earlier run is in the way: it is deleted.');
      await removeLeftovers();
      return accept(await graph.post('/subscriptions', body));
    }
  }

  /** One presence subscription exists per app and account, so any other is our own from before. */
  async function removeLeftovers(): Promise<void> {
    const answer = (await graph.get('/subscriptions')) as
      | { value?: { id?: unknown; resource?: unknown }[] }
      | undefined;
    for (const { id, resource } of answer?.value ?? []) {
      if (typeof id !== 'string' || !String(resource).includes('communications/presences')) continue;
      await graph.delete(`/subscriptions/${id}`).catch((error: unknown) => {
        if (failureOf(error).status !== 404) throw error;
      });
    }
  }

  async function renew({ id }: LiveSubscription): Promise<LiveSubscription> {
    try {
      return accept(await graph.patch(`/subscriptions/${id}`, { expirationDateTime: expirationDateTime() }));
    } catch (error) {
      const { status } = failureOf(error);
      if (status !== 404 && status !== 410) throw error;
      log.warn('The presence subscription was gone before its time: a new one is made.');
      live = undefined;
      return create();
    }
  }

  return {
    current: () => live,
    keep() {
      if (!live || live.expiresAt <= clock.now()) return create();
      return live.renewAt <= clock.monotonic() ? renew(live) : Promise.resolve(live);
    },
    renewNow() {
      if (live) live = { ...live, renewAt: clock.monotonic() };
    },
    async remove() {
      if (!live) return;
      const { id } = live;
      live = undefined;
      await graph.delete(`/subscriptions/${id}`).catch(() => {});
    },
  };
}

/** The single form for one person, the filtered form for more; ids are quoted, or Graph answers 400. */
function resourceOf(objectIds: readonly string[]): string {
  if (objectIds.length === 1) return `communications/presences/${objectIds[0]}`;
  return `/communications/presences?$filter=id in (${objectIds.map((id) => `'${id}'`).join(',')})`;
}
