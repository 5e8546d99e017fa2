import type { FastifyInstance } from 'fastify';
import type { Directory } from '../directory.ts';
import { badRequest, GraphError, notFound } from '../graph-error.ts';
import { type Authenticate, demand, may, needs } from './caller.ts';
import { page, type Query } from './paging.ts';
import { filterUsers, searchUsers, wireUser } from './user-search.ts';

export interface UsersPart {
  directory: Directory;
  authenticate: Authenticate;
  origin: () => string;
}

/** `/me`, `/users` and the members of groups. */
export function userRoutes(app: FastifyInstance, { directory, authenticate, origin }: UsersPart): void {
  const users = { config: { area: 'users' as const } };
  const entity = (context: string) => ({ '@odata.context': `${origin()}/v1.0/$metadata#${context}` });

  app.get('/me', { config: { area: 'me' } }, async (request) => {
    const caller = await authenticate(request);
    const user = directory.user(callerUser(caller.userId));
    demand(caller, needs.me);
    if (!user) throw notFound(callerUser(caller.userId));
    return { ...entity('users/$entity'), ...select(wireUser(user), request.query as Query) };
  });

  app.get<{ Params: { id: string } }>('/users/:id', users, async (request) => {
    const caller = await authenticate(request);
    const user = directory.user(request.params.id);
    // Everybody may read themselves with User.Read alone.
    demand(caller, caller.userId !== undefined && user?.id === caller.userId ? needs.me : needs.users);
    if (!user) throw notFound(request.params.id);
    return { ...entity('users/$entity'), ...select(wireUser(user), request.query as Query) };
  });

  app.get('/users', users, async (request) => {
    demand(await authenticate(request), needs.users);
    const query = request.query as Query;
    if (query['$search'] !== undefined && request.headers['consistencylevel'] !== 'eventual') {
      const why =
        'Request with $search query parameter only works through MSGraph with a special request header: ';
      throw new GraphError(400, 'Request_UnsupportedQuery', `${why}'ConsistencyLevel: eventual'`);
    }
    let found = directory.users();
    if (query['$filter'] !== undefined) found = filterUsers(found, query['$filter']);
    if (query['$search'] !== undefined) found = searchUsers(found, query['$search']);
    return page(
      request,
      origin(),
      'users',
      found.map((user) => select(wireUser(user), query)),
    );
  });

  for (const onlyUsers of [false, true]) {
    const cast = onlyUsers ? '/microsoft.graph.user' : '';
    const path = `/groups/:id/transitiveMembers${cast}`;
    app.get<{ Params: { id: string } }>(path, { config: { area: 'groups' } }, async (request) => {
      const caller = await authenticate(request);
      demand(caller, needs.groups);
      const group = directory.group(request.params.id);
      if (!group) throw notFound(request.params.id);
      const namesToo = may(caller, needs.users);
      const members = directory
        .transitiveMembers(group)
        .filter((member) => !onlyUsers || !('members' in member));
      const wire = members.map((member) => {
        if ('members' in member) {
          return { '@odata.type': '#microsoft.graph.group', id: member.id, displayName: member.displayName };
        }
        const shown = wireUser(member);
        // "List group transitive members": without a right to read users only the type and the id are shown.
        if (!namesToo) for (const key of Object.keys(shown)) if (key !== 'id') shown[key] = null;
        return { '@odata.type': '#microsoft.graph.user', ...select(shown, request.query as Query) };
      });
      return page(request, origin(), 'directoryObjects', wire);
    });
  }
}

/** The signed-in user's id; apps alone have no /me. */
export function callerUser(userId: string | undefined): string {
  if (userId === undefined) throw badRequest('/me request is only valid with delegated authentication flow.');
  return userId;
}

function select(wire: Record<string, unknown>, query: Query): Record<string, unknown> {
  const names = query['$select']?.split(',').map((name) => name.trim());
  if (!names) return wire;
  return Object.fromEntries(Object.entries(wire).filter(([name]) => names.includes(name)));
}
