import type { FastifyRequest } from 'fastify';
import { badRequest } from '../graph-error.ts';

export type Query = Readonly<Record<string, string | undefined>>;

/**
 * One page of a collection, with `@odata.nextLink` while there is more. `$top` is 1 to 999, by default 100
 * ("Paging Microsoft Graph data in your app"); the skip token is opaque to clients.
 */
export function page<T>(
  request: FastifyRequest,
  origin: string,
  context: string,
  all: readonly T[],
): Record<string, unknown> {
  const query = request.query as Query;
  const top = wholeNumber(query['$top'] ?? '100');
  if (!top || top > 999) throw badRequest("Invalid page size specified: '$top' must be between 1 and 999.");
  const skip = wholeNumber(query['$skiptoken'] ?? '0');
  if (skip === undefined) throw badRequest('The skip token is invalid.');
  const value = all.slice(skip, skip + top);
  const answer: Record<string, unknown> = { '@odata.context': `${origin}/v1.0/$metadata#${context}`, value };
  if (skip + top < all.length) {
    const next = new URL(request.url, origin);
    next.searchParams.set('$skiptoken', String(skip + top));
    answer['@odata.nextLink'] = next.href;
  }
  return answer;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
