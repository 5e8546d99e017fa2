import type { Directory } from '../directory.ts';
import { badRequest, GraphError } from '../graph-error.ts';
import { isGuid } from '../tenant.ts';

/** Most distinct users in one presence subscription ("Get change notifications for presence updates"). */
export const maxUsers = 650;

const single = /^\/?communications\/presences\/([^/?]+)$/i;
const many = /^\/?communications\/presences\?\$filter=(.*)$/is;
const idIn = /^\s*id\s+in\s*\(\s*(.*?)\s*\)\s*$/is;

/**
 * The users that a presence subscription's `resource` names, each once. Throws as Graph does: 400 "Invalid filter
 * clause" for ids without quotes, 400 above 650 users, and (as reported) 500 naming the users that do not exist.
 */
export function usersOfResource(resource: string, directory: Directory): string[] {
  const ids = [...new Set(idsOf(resource).map((id) => id.toLowerCase()))];
  if (ids.length > maxUsers) {
    throw badRequest(`The number of users in the filter (${ids.length}) exceeds the limit of ${maxUsers}.`);
  }
  const unknown = ids.filter((id) => !isGuid(id) || !directory.user(id));
  if (unknown.length > 0) {
    throw new GraphError(
      500,
      'InternalServerError',
      `The following users were not found: ${unknown.join(', ')}`,
    );
  }
  return ids;
}

function idsOf(resource: string): string[] {
  const one = single.exec(resource);
  if (one) return [one[1]!];
  const filter = many.exec(resource);
  if (!filter) throw badRequest(`Resource not found for the segment '${resource.slice(0, 100)}'.`);
  const list = idIn.exec(filter[1]!)?.[1];
  if (!list) throw badRequest('Invalid filter clause');
  return list.split(',').map((item) => {
    const quoted = /^\s*'([^']+)'\s*$/.exec(item);
    if (!quoted) throw badRequest('Invalid filter clause');
    return quoted[1]!;
  });
}
