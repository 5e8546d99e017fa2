/** The bulk read: up to 650 people in one call (Microsoft Learn, "getPresencesByUserId"). */
import type { ReadWords } from '../presence/board.ts';
import type { Graph } from './client.ts';

export const mostPerCall = 650;

/** Presence by object id (lower case). Whoever Graph leaves out, or sends in no form we know, is left out here. */
export async function readPresences(
  graph: Graph,
  objectIds: readonly string[],
): Promise<Map<string, ReadWords>> {
  const presences = new Map<string, ReadWords>();
  for (let start = 0; start < objectIds.length; start += mostPerCall) {
    const ids = objectIds.slice(start, start + mostPerCall);
    const answer = (await graph.post('/communications/getPresencesByUserId', { ids })) as
      | { value?: unknown }
      | undefined;
    if (!Array.isArray(answer?.value)) throw new Error('Graph answered a presence read without a list');
    const read = answer.value.map(wordsOf).filter((presence) => presence !== undefined);
    // Somebody who is gone is left out of the list; a list of nothing that can be read is no answer.
    if (read.length === 0 && answer.value.length > 0)
      throw new Error('Graph answered a presence read without presences');
    for (const { id, words } of read) presences.set(id, words);
  }
  return presences;
}

/** One presence resource, or nothing when it is none (a UPN in the path brings a user object instead). */
export function wordsOf(resource: unknown): { id: string; words: ReadWords } | undefined {
  if (typeof resource !== 'object' || resource === null) return undefined;
  const { id, availability, activity, outOfOfficeSettings, sequenceNumber } = resource as Record<
    string,
    unknown
  >;
  if (typeof id !== 'string' || (availability === undefined && activity === undefined)) return undefined;
  const word = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    id: id.toLowerCase(),
    words: {
      availability: word(availability),
      activity: word(activity),
      // Notifications as documented leave it out, which says nothing about it.
      ...(outOfOfficeSettings === undefined
        ? {}
        : {
            outOfOffice: (outOfOfficeSettings as { isOutOfOffice?: unknown } | null)?.isOutOfOffice === true,
          }),
      ...(typeof sequenceNumber === 'string' ? { sequenceNumber } : {}),
    },
  };
}
