/** The users of a group in Entra, and of the groups in it (Microsoft Learn, "List group transitive members"). */
import type { Graph } from './client.ts';

export interface GroupMember {
  /** Object id, in lower case. */
  id: string;
  /** Shown only to those who may read users. */
  name?: string;
}

/** @throws what Graph refused with */
export async function readMembers(graph: Graph, group: string): Promise<GroupMember[]> {
  const path = `/groups/${encodeURIComponent(group)}/transitiveMembers/microsoft.graph.user`;
  const members = new Map<string, GroupMember>();
  for (const item of await graph.list(path, { $select: 'id,displayName', $top: '999' })) {
    const { id, displayName } = (item ?? {}) as { id?: unknown; displayName?: unknown };
    if (typeof id !== 'string') continue;
    const name = typeof displayName === 'string' ? { name: displayName } : {};
    members.set(id.toLowerCase(), { id: id.toLowerCase(), ...name });
  }
  return [...members.values()];
}
