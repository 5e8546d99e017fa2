import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Directory } from '../directory.ts';
import { badRequest, notFound } from '../graph-error.ts';
import { type PresenceBoard, unknownPresence } from '../presence.ts';
import { isGuid } from '../tenant.ts';
import { type Authenticate, demand, needs } from './caller.ts';
import type { Query } from './paging.ts';
import { wireUser } from './user-search.ts';
import { callerUser } from './users.ts';

export interface PresencePart {
  directory: Directory;
  board: PresenceBoard;
  authenticate: Authenticate;
  origin: () => string;
}

/** Most ids in one bulk read ("cloudCommunications: getPresencesByUserId"). */
export const maxBulkIds = 650;

/** The four ways to read presence. */
export function presenceRoutes(app: FastifyInstance, part: PresencePart): void {
  const { directory, board, authenticate, origin } = part;
  const options = { config: { area: 'presence' as const } };
  const context = (what: string) => ({ '@odata.context': `${origin()}/v1.0/$metadata#${what}` });

  app.get('/me/presence', options, async (request) => {
    const caller = await authenticate(request);
    const id = callerUser(caller.userId);
    demand(caller, needs.ownPresence);
    refuseSelect(request);
    return { ...context(`users('${id}')/presence/$entity`), ...board.read(id) };
  });

  app.get<{ Params: { id: string } }>('/users/:id/presence', options, async (request) => {
    const { id } = request.params;
    await mayRead(request, id);
    const user = directory.user(id);
    if (!user) throw notFound(id);
    // Observed: a principal name in this place may give the user back, without any presence.
    if (!isGuid(id)) return { ...context('users/$entity'), ...wireUser(user) };
    return { ...context(`users('${user.id}')/presence/$entity`), ...board.read(user.id) };
  });

  app.get<{ Params: { id: string } }>('/communications/presences/:id', options, async (request) => {
    const { id } = request.params;
    await mayRead(request, id);
    const user = isGuid(id) ? directory.user(id) : undefined;
    return {
      ...context('communications/presences/$entity'),
      ...(user ? board.read(user.id) : unknownPresence(id)),
    };
  });

  app.post('/communications/getPresencesByUserId', options, async (request) => {
    demand(await authenticate(request), needs.presence);
    const ids = (request.body as { ids?: unknown } | null)?.ids;
    if (!Array.isArray(ids) || ids.length === 0 || !ids.every((id) => typeof id === 'string')) {
      throw badRequest("The request body must have 'ids', a collection of user ids that is not empty.");
    }
    if (ids.length > maxBulkIds) {
      throw badRequest(`The number of ids (${ids.length}) exceeds the limit of ${maxBulkIds}.`);
    }
    const wrong = ids.find((id) => !isGuid(id));
    if (wrong !== undefined) throw badRequest(`The id '${wrong}' is not a valid user id.`);
    const known = [...new Set(ids.map((id) => directory.user(id)?.id))].filter((id) => id !== undefined);
    return {
      ...context('Collection(microsoft.graph.presence)'),
      value: known.map((id) => board.read(id)),
    };
  });

  /** One's own presence is open to Presence.Read; that of others wants Presence.Read.All. */
  async function mayRead(request: FastifyRequest, id: string): Promise<void> {
    const caller = await authenticate(request);
    const own = caller.userId !== undefined && directory.user(id)?.id === caller.userId;
    demand(caller, own ? needs.ownPresence : needs.presence);
    refuseSelect(request);
  }
}

// Reported for the presence resource: $select is an error and not ignored.
function refuseSelect(request: FastifyRequest): void {
  if ((request.query as Query)['$select'] === undefined) return;
  throw badRequest(
    "Query option 'Select' is not allowed. To allow it, set the 'AllowedQueryOptions' property.",
  );
}
