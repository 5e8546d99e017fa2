import { randomUUID } from 'node:crypto';
import { groupId, userIds } from './tenant.ts';

export interface User {
  /** Entra object id */
  id: string;
  userPrincipalName: string;
  displayName: string;
}

export interface Group {
  id: string;
  displayName: string;
  /** Object ids of users and of other groups. */
  members: string[];
}

export interface Directory {
  users(): User[];
  /** By object id or user principal name, case ignored. */
  user(idOrUpn: string): User | undefined;
  /** As `user`, and by the part of the principal name before the @. */
  userByAnyName(name: string): User | undefined;
  /** Adds a user; a known id or principal name is refused with an error. */
  addUser(user: Omit<User, 'id'> & { id?: string }): User;
  group(id: string): Group | undefined;
  addGroup(group: Omit<Group, 'id'> & { id?: string }): Group;
  /** Members of a group and of the groups in it, each once, in order. */
  transitiveMembers(group: Group): (User | Group)[];
}

const people: User[] = [
  { id: userIds.alice, userPrincipalName: 'alice@contoso.com', displayName: 'Alice Ng' },
  { id: userIds.bob, userPrincipalName: 'bob@contoso.com', displayName: 'Bob Meyer' },
  { id: userIds.carol, userPrincipalName: 'carol@contoso.com', displayName: 'Carol Diaz' },
  { id: userIds.doorlight, userPrincipalName: 'doorlight@contoso.com', displayName: 'Doorlight Service' },
];

/** The users and groups of the tenant: the four fixed accounts, and whoever is added. */
export function createDirectory(): Directory {
  const byId = new Map<string, User>();
  const byUpn = new Map<string, User>();
  const groups = new Map<string, Group>();

  function addUser(given: Omit<User, 'id'> & { id?: string }): User {
    const user = { ...given, id: (given.id ?? randomUUID()).toLowerCase() };
    const upn = user.userPrincipalName.toLowerCase();
    if (byId.has(user.id)) throw new Error(`There is a user with the id ${user.id} already.`);
    if (byUpn.has(upn)) throw new Error(`There is a user with the userPrincipalName ${upn} already.`);
    byId.set(user.id, user);
    byUpn.set(upn, user);
    return user;
  }

  function addGroup(given: Omit<Group, 'id'> & { id?: string }): Group {
    const group = { ...given, id: (given.id ?? randomUUID()).toLowerCase() };
    groups.set(group.id, group);
    return group;
  }

  const user = (name: string) => byId.get(name.toLowerCase()) ?? byUpn.get(name.toLowerCase());
  const group = (id: string) => groups.get(id.toLowerCase());

  for (const person of people) addUser(person);
  addGroup({ id: groupId, displayName: 'Floor 2', members: [userIds.alice, userIds.bob, userIds.carol] });

  return {
    users: () => [...byId.values()],
    user,
    userByAnyName: (name) => user(name) ?? user(`${name}@contoso.com`),
    addUser,
    group,
    addGroup,
    transitiveMembers(top) {
      const seen = new Set<User | Group>();
      // A group may contain itself through others, so each is opened once.
      const open = (members: string[]) => {
        for (const id of members) {
          const member = user(id) ?? group(id);
          if (!member || seen.has(member)) continue;
          seen.add(member);
          if ('members' in member) open(member.members);
        }
      };
      open(top.members);
      seen.delete(top);
      return [...seen];
    },
  };
}
