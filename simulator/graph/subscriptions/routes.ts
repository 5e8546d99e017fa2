import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../../protocol/clock.ts';
import { type Authenticate, type Caller, demand, needs } from '../api/caller.ts';
import { page } from '../api/paging.ts';
import type { Directory } from '../directory.ts';
import { badRequest, GraphError } from '../graph-error.ts';
import { shakeHands } from './handshake.ts';
import { checkUrl, clampExpiration, readExpiration, readSubscriptionRequest } from './request.ts';
import { usersOfResource } from './resource.ts';
import type { SubscriptionStore } from './store.ts';
import { placeOf, type Subscription, wireSubscription } from './subscription.ts';
import type { Webhook } from './webhook.ts';

export interface SubscriptionsPart {
  clock: Clock;
  directory: Directory;
  authenticate: Authenticate;
  store: SubscriptionStore;
  webhook: Webhook;
  origin: () => string;
  /** A subscription was shown a fresh access token: renewed or reauthorized. */
  reauthorized: (subscription: Subscription) => void;
}

type WithId = { Params: { id: string } };

/** `/subscriptions`: create, list, read, renew, reauthorize, delete. */
export function subscriptionRoutes(app: FastifyInstance, part: SubscriptionsPart): void {
  const { clock, directory, authenticate, store, webhook, origin } = part;
  const options = { config: { area: 'subscriptions' as const } };
  const entity = (subscription: Subscription) => ({
    '@odata.context': `${origin()}/v1.0/$metadata#subscriptions/$entity`,
    ...wireSubscription(subscription),
  });

  app.post('/subscriptions', options, async (request, reply) => {
    const caller = await authenticate(request);
    demand(caller, needs.presenceSubscription);
    const asked = readSubscriptionRequest(request.body, clock.now());
    const users = new Set(usersOfResource(asked.resource, directory));
    const release = store.reserve(placeOf(caller));
    if (!release) {
      // Graph's own spelling.
      const why = 'A subscripton already exists. It must be deleted before a another can be made';
      throw new GraphError(409, 'Conflict', why);
    }
    try {
      await shakeHands(webhook, asked.notificationUrl);
      if (asked.lifecycleNotificationUrl) await shakeHands(webhook, asked.lifecycleNotificationUrl);
      const subscription: Subscription = {
        ...asked,
        users,
        id: randomUUID(),
        applicationId: caller.appId,
        creatorId: caller.userId!,
        tokenExpiresAt: caller.expiresAt,
        silent: false,
      };
      store.put(subscription);
      part.reauthorized(subscription);
      return reply.code(201).send(entity(subscription));
    } finally {
      release();
    }
  });

  app.get('/subscriptions', options, async (request) => {
    const caller = await authenticate(request);
    const own = store.list().filter((each) => owns(caller, each));
    return page(request, origin(), 'subscriptions', own.map(wireSubscription));
  });

  app.get<WithId>('/subscriptions/:id', options, async (request) =>
    entity(find(await authenticate(request), request.params.id)),
  );

  app.patch<WithId>('/subscriptions/:id', options, async (request) => {
    const caller = await authenticate(request);
    const { id } = find(caller, request.params.id);
    demand(caller, needs.presenceSubscription);
    const change = await readChange(request.body);
    // It may have expired during the handshake.
    const subscription = find(caller, id);
    Object.assign(subscription, change);
    reauthorize(subscription, caller);
    return entity(subscription);
  });

  app.post<WithId>('/subscriptions/:id/reauthorize', options, async (request, reply) => {
    const caller = await authenticate(request);
    const subscription = find(caller, request.params.id);
    demand(caller, needs.presenceSubscription);
    reauthorize(subscription, caller);
    return reply.code(204).send();
  });

  app.delete<WithId>('/subscriptions/:id', options, async (request, reply) => {
    store.remove(find(await authenticate(request), request.params.id).id);
    return reply.code(204).send();
  });

  function find(caller: Caller, id: string): Subscription {
    const subscription = store.get(id);
    if (subscription && owns(caller, subscription)) return subscription;
    throw new GraphError(404, 'ResourceNotFound', 'The object was not found.');
  }

  /** "Update subscription": only the expiry and the notification URL can be changed. */
  async function readChange(body: unknown): Promise<Partial<Subscription>> {
    const { expirationDateTime, notificationUrl, ...rest } = (body ?? {}) as Record<string, unknown>;
    const other = Object.keys(rest).find((name) => !name.startsWith('@odata.'));
    if (other) throw badRequest(`The property '${other}' cannot be updated.`);
    if (expirationDateTime === undefined && notificationUrl === undefined) {
      throw badRequest("The request body must have 'expirationDateTime' or 'notificationUrl'.");
    }
    const change: Partial<Subscription> = {};
    if (expirationDateTime !== undefined) {
      change.expiresAt = clampExpiration(readExpiration(expirationDateTime, clock.now()), clock.now());
    }
    if (notificationUrl !== undefined) {
      change.notificationUrl = checkUrl('notificationUrl', String(notificationUrl));
      await shakeHands(webhook, change.notificationUrl);
    }
    return change;
  }

  function reauthorize(subscription: Subscription, caller: Caller): void {
    subscription.tokenExpiresAt = caller.expiresAt;
    part.reauthorized(subscription);
  }
}

function owns(caller: Caller, subscription: Subscription): boolean {
  return subscription.applicationId === caller.appId && subscription.creatorId === caller.userId;
}
