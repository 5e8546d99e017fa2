import { afterEach, expect, it } from 'vitest';
import { groupId, userIds } from '../../simulator/graph/stand-in.ts';
import { createGraphWorld, type GraphWorld } from './world.ts';

let world: GraphWorld;
afterEach(() => world.stop());

const subscriptions = async () => (await world.control('GET', '/subscriptions')) as { resource: string }[];
const reads = () => world.requests.filter((line) => line.includes('getPresencesByUserId')).length;
const group = (more = '') => `groups: [{ id: floor2, group: ${groupId}${more} }]`;

it('takes the members of a group, and those under people: as they stand there', async () => {
  const people = `people: [{ id: alice, user: ${userIds.alice}, name: Alice }]`;
  world = await createGraphWorld({ people, yaml: group(', share: status') });
  await world.runUntil(() => world.status(userIds.bob) === 'meeting', 20_000);
  expect(world.status('alice')).toBe('available');
  const roster = world.side.roster();
  expect(roster.groups.get('floor2')).toEqual(['alice', userIds.bob, userIds.carol]);
  expect(roster.people.map(({ id, share }) => [id, share])).toEqual([
    ['alice', 'full'],
    [userIds.bob, 'status'],
    [userIds.carol, 'status'],
  ]);
});

it('leaves out who is excluded, by name or by object id', async () => {
  world = await createGraphWorld({
    people: '',
    yaml: group(`, exclude: [bob@contoso.com, ${userIds.carol}]`),
  });
  await world.runUntil(() => world.status(userIds.alice) === 'available', 20_000);
  expect(world.side.roster().people.map(({ id }) => id)).toEqual([userIds.alice]);
});

it('follows the group: who joins is watched, who leaves is gone, and one subscription is alive', async () => {
  world = await createGraphWorld({ people: '', yaml: group(), push: true });
  await world.runUntil(() => world.side.status().source === 'push', 20_000);
  const dora = '00000000-0000-4000-8000-0000000000d0';
  await world.control('POST', '/users', {
    id: dora,
    userPrincipalName: 'dora@contoso.com',
    displayName: 'Dora',
  });
  await world.control('POST', '/groups', { id: groupId, displayName: 'x', members: [userIds.alice, dora] });
  await world.runUntil(() => world.status(dora) === 'offline', 11 * 60_000, 5_000);
  expect(world.status(userIds.bob)).toBe('nobody');
  await world.run(10_000);
  const live = await subscriptions();
  expect(live).toHaveLength(1);
  expect(live[0]!.resource).toContain(dora);
  expect(live[0]!.resource).not.toContain(userIds.bob);
  await world.setPresence('dora', 'Busy');
  await world.runUntil(() => world.status(dora) === 'busy', 3_000, 100);
});

it('reports by name who cannot be found or has no presence, and goes on with the others', async () => {
  const people = `people:
  - { id: alice, user: alice@contoso.com }
  - { id: nobody, user: nobody@contoso.com }
  - { id: deleted, user: 99999999-0000-4000-8000-000000000000 }
  - { id: mailless, user: bob@contoso.com }`;
  world = await createGraphWorld({ people, push: true });
  await world.setPresence('bob', 'PresenceUnknown', { activity: 'PresenceUnknown', raw: true });
  await world.runUntil(
    () => world.side.status().source === 'push' && world.status('alice') === 'available',
    60_000,
  );
  const said = (text: string) => world.lines.filter((line) => line.includes(text));
  expect(said('Person nobody is not in the tenant')).toHaveLength(1);
  expect(said('Person deleted has no presence')).toHaveLength(1);
  await world.run(60_000);
  expect(said('no presence of person mailless')).toHaveLength(1);
  expect(world.status('mailless')).toBe('unknown');
  expect((await subscriptions())[0]!.resource).not.toContain('99999999');
});

it('follows a group also while somebody else cannot be looked up, for however long', async () => {
  world = await createGraphWorld({
    people: 'people: [{ id: alice, user: alice@contoso.com }]',
    yaml: group(),
  });
  await world.runUntil(() => world.status(userIds.bob) === 'meeting', 20_000);
  await world.fault({ fault: 'status', status: 500, on: 'users' });
  await world.run(11 * 60_000);
  await world.control('POST', '/groups', { id: groupId, displayName: 'x', members: [userIds.carol] });
  await world.runUntil(() => world.status(userIds.bob) === 'nobody', 11 * 60_000, 5_000);
});

it('watches somebody by push again soon after they are back', async () => {
  const dora = '00000000-0000-4000-8000-0000000000d0';
  world = await createGraphWorld({
    people: `people: [{ id: alice, user: ${userIds.alice} }, { id: dora, user: ${dora} }]`,
    push: true,
  });
  await world.runUntil(() => world.side.status().source === 'push', 20_000);
  await world.run(5_000);
  expect((await subscriptions())[0]!.resource).not.toContain(dora);
  await world.control('POST', '/users', {
    id: dora,
    userPrincipalName: 'dora@contoso.com',
    displayName: 'D',
  });
  await world.runUntil(() => world.status('dora') === 'offline', 65_000);
  await world.run(5_000);
  expect((await subscriptions())[0]!.resource).toContain(dora);
  await world.setPresence('dora', 'Busy');
  await world.runUntil(() => world.status('dora') === 'busy', 3_000, 100);
});

it('has the names of members, and asks for no more than that takes', async () => {
  world = await createGraphWorld({ people: '', yaml: group() });
  await world.runUntil(() => world.status(userIds.bob) === 'meeting', 20_000);
  expect(world.side.roster().people.map(({ name }) => name)).toEqual(['Alice Ng', 'Bob Meyer', 'Carol Diaz']);
  expect(world.side.diagnosis().permissions).toMatchObject([
    { name: 'Presence.Read.All', granted: true },
    { name: 'User.ReadBasic.All', granted: true },
    { name: 'GroupMember.Read.All', granted: true },
  ]);
});

it('shows members without their names, and says why, where users may not be read', async () => {
  world = await createGraphWorld({
    people: '',
    yaml: group(),
    microsoft: 'signIn: app, clientSecret: s3cret',
    standIn: { appRoles: ['Presence.Read.All', 'GroupMember.Read.All'] },
  });
  await world.runUntil(() => world.status(userIds.bob) === 'meeting', 20_000);
  expect(world.side.roster().people.map(({ name }) => name)).toContain(userIds.bob);
  expect(
    world.lines.filter((line) => /names of group floor2 .* grant User\.ReadBasic\.All/.test(line)),
  ).toHaveLength(1);
});

it('says which permission is missing, and has people by object id all the same', async () => {
  const people = `people: [{ id: alice, user: ${userIds.alice} }]`;
  world = await createGraphWorld({
    people,
    yaml: group(),
    microsoft: 'signIn: app, clientSecret: s3cret',
    standIn: { appRoles: ['Presence.Read.All'] },
  });
  await world.runUntil(() => world.status('alice') === 'available', 20_000);
  expect(world.lines.filter((line) => line.includes('grant GroupMember.Read.All'))).toHaveLength(1);
});

it('watches 2,000 people on four accounts, with the same work per change as for three', async () => {
  world = await createGraphWorld({
    people: '',
    yaml: group(),
    push: true,
    microsoft: 'accounts: [one, two, three, four]',
    signedIn: false,
    standIn: { autoApprove: false },
  });
  const members = Array.from({ length: 2_000 }, (_, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    userPrincipalName: `user${index}@contoso.com`,
    displayName: `User ${index}`,
  }));
  for (const part of [0, 500, 1_000, 1_500])
    await world.control('POST', '/users', members.slice(part, part + 500));
  await world.control('POST', '/groups', {
    id: groupId,
    displayName: 'All',
    members: members.map(({ id }) => id),
  });
  for (const [index, name] of ['one', 'two', 'three', 'four'].entries()) {
    const state = () => world.side.accounts.find(name)!.state();
    await world.runUntil(() => state().prompt !== undefined || state().status === 'ok', 600_000, 20);
    await world.control('POST', '/device/approve', {
      user_code: state().prompt!.userCode,
      user: `user${index}`,
    });
    await world.runUntil(() => state().status === 'ok', 60_000, 20);
  }
  await world.runUntil(() => world.side.status().source === 'push', 120_000);
  await world.run(5_000);
  const live = await subscriptions();
  expect(live).toHaveLength(4);
  expect(new Set(live.flatMap(({ resource }) => resource.match(/0000-4000-8000-\d{12}/g) ?? [])).size).toBe(
    2_000,
  );
  const before = reads();
  const told: string[] = [];
  world.board.onChange(({ id }) => told.push(id));
  await world.setPresence('user1999', 'InACall');
  await world.runUntil(() => world.status(members[1_999]!.id) === 'call', 3_000, 100);
  expect(told).toEqual([members[1_999]!.id]);
  expect(reads()).toBe(before);
}, 60_000);
