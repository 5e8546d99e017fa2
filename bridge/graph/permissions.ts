/** What Doorlight asks Microsoft for: no more than the configuration uses, and why each. */
import { decodeJwt } from 'jose';
import { isObjectId } from '../config/object-id.ts';
import type { Config } from '../config/schema.ts';

const isName = (user: string) => !isObjectId(user);

export interface Permission {
  /** Its name in Microsoft Graph, delegated or application. */
  name: string;
  why: string;
}

type PermissionsUse = Pick<Config, 'people' | 'groups' | 'microsoft'>;

/** The permissions that this configuration uses (Microsoft Learn, the permission tables of each call). */
export function permissionsFor({ people, groups, microsoft }: PermissionsUse): Permission[] {
  const named = people.some(({ user }) => isName(user)) || groups.some(({ exclude }) => exclude.some(isName));
  const write = microsoft?.signIn === 'app' ? 'Presence.ReadWrite.All' : 'Presence.ReadWrite';
  // Who has nobody yet is about to search.
  const searches = people.length + groups.length === 0;
  const lookUps = [
    ...(named || searches ? ['to find people by their user principal name'] : []),
    ...(groups.length > 0 ? ['to show the names of group members'] : []),
  ];
  return [
    { name: 'Presence.Read.All', why: 'to read presence' },
    ...(lookUps.length > 0 ? [{ name: 'User.ReadBasic.All', why: lookUps.join(', and ') }] : []),
    ...(groups.length > 0 ? [{ name: 'GroupMember.Read.All', why: 'to know who is in a group' }] : []),
    ...(people.some(({ writeBack }) => writeBack)
      ? [{ name: write, why: 'to set in Teams what is set by hand here' }]
      : []),
  ];
}

/** Those in an access token; nothing when it cannot be read, for Microsoft may change its form at any time. */
export function grantedIn(token: string): string[] | undefined {
  try {
    const { scp, roles } = decodeJwt<{ scp?: unknown; roles?: unknown }>(token);
    if (typeof scp === 'string') return scp.split(' ');
    return Array.isArray(roles) ? roles.map(String) : undefined;
  } catch {
    return undefined;
  }
}
