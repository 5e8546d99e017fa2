/**
 * One live presence subscription: created, renewed at half its life by PATCH, made anew when it is gone, when it is
 * for other people, or when the encryption key changed (Microsoft Learn, "Get change notifications for presence
 * updates in Microsoft Teams").
 */
import type { Clock } from '../../protocol/clock.ts';
import type { Log } from '../log.ts';
import { failureOf, type Graph } from './client.ts';
import type { EncryptionKeys } from './encryption-key.ts';

/** The most is 60 minutes; what is over it will one day be refused instead of cut. */
const lifeMs = 59 * 60_000;
const leastMs = 60_000;
/** After a create that failed: another one may have taken the place, or Graph is not done deleting. */
const mostCreates = 3;

export interface LiveSubscription {
  id: string;
  /** Wall clock, ms, for people to read. */
  expiresAt: number;
  /** Monotonic ms. */
  endsAt: number;
  renewAt: number;
  /** What it was made for: people and key. */
  made: string;
}

export interface Subscription {
  current(): LiveSubscription | undefined;
  /** Creates, renews or replaces, whichever is due; resolves with what lives then. @throws what Graph refused with */
  keep(): Promise<LiveSubscription>;
  /** Makes the next `keep` renew at once. */
  renewNow(): void;
  /** Makes the next `keep` delete and create: this one cannot be trusted. */
  replaceNow(): void;
  /** Graph says that it is gone. */
  gone(): void;
  /** Deletes it at Graph, so that the next start finds the place free; failing is no matter. */
  remove(): Promise<void>;
}

export function createSubscription(options: {
  graph: Graph;
  clock: Clock;
  /** 0 to 1 */
  random: () => number;
  keys: EncryptionKeys;
  clientState: string;
  /** Where Graph reaches the hooks. */
  publicUrl: () => string;
  objectIds: () => string[];
  /** Graph does not know these: it names them when it refuses. */
  onUnknown: (objectIds: string[]) => void;
  log: Log;
}): Subscription {
  const { graph, clock, random, keys, log } = options;
  let live: LiveSubscription | undefined;
  let distrusted = false;
  /** How often Graph has said that it is gone; a renewal on its way then counts for nothing. */
  let times = 0;

  const expirationDateTime = () => new Date(graph.now() + lifeMs).toISOString();
  const wanted = () => [keys.current().id, ...options.objectIds()].join(' ');
  const isLive = (one: LiveSubscription | undefined): one is LiveSubscription =>
    one !== undefined && one.endsAt > clock.monotonic();

  function accept(answer: unknown, made: string): LiveSubscription {
    const { id, expirationDateTime: expires } = (answer ?? {}) as {
      id?: unknown;
      expirationDateTime?: unknown;
    };
    if (typeof id !== 'string') throw new Error('Graph answered a subscription without an id');
    const expiresAt = Date.parse(String(expires));
    // Clocks that disagree by hours must not make it renewed in a hot loop, or never.
    const told = Number.isNaN(expiresAt) ? lifeMs : expiresAt - graph.now();
    const left = Math.min(lifeMs, Math.max(leastMs, told));
    const now = clock.monotonic();
    // Half-life with jitter: more tries fit before the end, and a hundred bridges do not renew together.
    live = {
      id,
      expiresAt: clock.now() + left,
      endsAt: now + left,
      renewAt: now + left * (0.45 + 0.1 * random()),
      made,
    };
    distrusted = false;
    return live;
  }

  async function create(tries = 1): Promise<LiveSubscription> {
    const hooks = `${options.publicUrl().replace(/\/$/, '')}/graph`;
    const key = await keys.fresh();
    const made = wanted();
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
      return accept(await graph.post('/subscriptions', body), made);
    } catch (error) {
      const { status, message } = failureOf(error);
      const strangers = status === 500 || status === 400 ? guidsIn(message, options.objectIds()) : [];
      if (strangers.length > 0) options.onUnknown(strangers);
      else if (status === 409) {
        if (tries === 1) log.info('A presence subscription of an earlier run is in the way: it is deleted.');
        await removeLeftovers();
      } else throw error;
      if (tries >= mostCreates || options.objectIds().length === 0) throw error;
      return await create(tries + 1);
    }
  }

  /** One presence subscription exists per app and account, so any other is our own from before. */
  async function removeLeftovers(): Promise<void> {
    for (const item of await graph.list('/subscriptions')) {
      const { id, resource } = (item ?? {}) as { id?: unknown; resource?: unknown };
      if (typeof id === 'string' && String(resource).includes('communications/presences')) await drop(id);
    }
  }

  async function drop(id: string): Promise<void> {
    await graph.delete(`/subscriptions/${encodeURIComponent(id)}`).catch((error: unknown) => {
      const { status } = failureOf(error);
      if (status !== 404 && status !== 410) throw error;
    });
  }

  async function renew({ id, made }: LiveSubscription): Promise<LiveSubscription> {
    const before = times;
    try {
      const body = { expirationDateTime: expirationDateTime() };
      const answer = await graph.patch(`/subscriptions/${encodeURIComponent(id)}`, body);
      return times === before ? accept(answer, made) : await create();
    } catch (error) {
      const { status } = failureOf(error);
      if (status !== 404 && status !== 410) throw error;
      log.warn('The presence subscription was gone before its time: a new one is made.');
      live = undefined;
      return await create();
    }
  }

  return {
    current: () => (isLive(live) ? live : undefined),
    async keep() {
      // Looked at before each renewal, so that a key is replaced when it is old.
      await keys.fresh();
      if (isLive(live) && (distrusted || live.made !== wanted())) {
        await drop(live.id);
        live = undefined;
      }
      if (!isLive(live)) return await create();
      return live.renewAt <= clock.monotonic() ? await renew(live) : live;
    },
    renewNow() {
      if (live) live = { ...live, renewAt: clock.monotonic() };
    },
    replaceNow() {
      distrusted = true;
    },
    gone() {
      times++;
      live = undefined;
    },
    async remove() {
      if (!isLive(live)) return;
      const { id } = live;
      live = undefined;
      await drop(id).catch(() => {});
    },
  };
}

/** The single form for one person, the filtered form for more; ids are quoted, or Graph answers 400. */
function resourceOf(objectIds: readonly string[]): string {
  if (objectIds.length === 1) return `communications/presences/${objectIds[0]}`;
  return `/communications/presences?$filter=id in (${objectIds.map((id) => `'${id}'`).join(',')})`;
}

/** Those of the object ids that a refusal names. */
function guidsIn(message: string, objectIds: readonly string[]): string[] {
  const named = message.toLowerCase();
  return objectIds.filter((id) => named.includes(id));
}
