import { afterEach, describe, expect, it } from 'vitest';
import { createGraphWorld, type GraphWorld, type GraphWorldOptions } from './world.ts';

let world: GraphWorld;
afterEach(() => world.stop());

const aliceAndBob = `people:
  - { id: alice, user: alice@contoso.com, writeBack: true }
  - { id: bob, user: bob@contoso.com, writeBack: true }`;

/** Alice herself is signed in, as at her own desk. */
async function signedInAlice(options: GraphWorldOptions = {}): Promise<void> {
  world = await createGraphWorld({
    people: aliceAndBob,
    standIn: { autoApprove: 'alice@contoso.com' },
    ...options,
  });
  await world.runUntil(() => world.status('alice') === 'available', 20_000);
}

interface Shown {
  userPrincipalName: string;
  availability: string;
  activity: string;
  statusMessage: string | null;
}

async function inTeams(name: string): Promise<Shown> {
  const users = (await world.control('GET', '/users')) as Shown[];
  return users.find(({ userPrincipalName }) => userPrincipalName.startsWith(name))!;
}

const minute = 60_000;
const scopes = () => {
  const claims = world.side.accounts.all()[0]!.held()!.split('.')[1]!;
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { scp: string }).scp.split(' ');
};

describe('what is set by hand', () => {
  it('is set in Teams, with a message and the same end, and ends there by itself', async () => {
    await signedInAlice();
    expect(world.side.writeBack.may('alice')).toBe(true);
    world.side.writeBack.set('alice', 'focusing', 25 * minute, 'Deep work');
    await world.run(1_000);
    expect(await inTeams('alice')).toMatchObject({
      availability: 'DoNotDisturb',
      activity: 'DoNotDisturb',
      statusMessage: 'Deep work',
    });
    await world.run(24 * minute);
    expect((await inTeams('alice')).availability).toBe('DoNotDisturb');
    await world.run(minute);
    expect(await inTeams('alice')).toMatchObject({ availability: 'Available', statusMessage: null });
    // What was read last was our own doing, so it is read again at once.
    await world.runUntil(() => world.status('alice') === 'available', 2_000, 100);
    expect(world.lines.join()).not.toContain('Deep work');
  });

  it('and taken back, is taken back in Teams', async () => {
    await signedInAlice();
    world.side.writeBack.set('alice', 'busy', 60 * minute, 'With a customer');
    await world.run(1_000);
    expect((await inTeams('alice')).availability).toBe('Busy');
    world.side.writeBack.clear('alice');
    await world.run(1_000);
    expect(await inTeams('alice')).toMatchObject({ availability: 'Available', statusMessage: null });
  });

  it('comes once Graph is back, as long as it is still meant', async () => {
    await signedInAlice();
    await world.fault({ fault: 'status', status: 503, on: 'presence' });
    world.side.writeBack.set('alice', 'dnd', 25 * minute);
    await world.run(2 * minute);
    await world.mend();
    await world.run(minute);
    expect((await inTeams('alice')).availability).toBe('DoNotDisturb');
    await world.run(22 * minute);
    expect((await inTeams('alice')).availability).toBe('Available');
    expect(world.lines.filter((line) => /Teams could not be told of person alice/.test(line))).toHaveLength(
      1,
    );
  });
});

describe('what is set while Teams has not heard yet that the one before was taken back', () => {
  it('stands there in the end', async () => {
    await signedInAlice();
    world.side.writeBack.set('alice', 'busy', 60 * minute);
    await world.run(1_000);
    await world.fault({ fault: 'status', status: 503, on: 'presence', times: 1 });
    world.side.writeBack.clear('alice');
    await world.run(1_000);
    world.side.writeBack.set('alice', 'dnd', 60 * minute);
    await world.run(2 * minute);
    expect((await inTeams('alice')).availability).toBe('DoNotDisturb');
  });

  it('is taken back when Graph is there again, as long as it would stand', async () => {
    await signedInAlice();
    world.side.writeBack.set('alice', 'busy', 60 * minute);
    await world.run(1_000);
    await world.fault({ fault: 'status', status: 503, on: 'presence' });
    world.side.writeBack.clear('alice');
    await world.run(10 * minute);
    await world.mend();
    await world.run(2 * minute);
    expect((await inTeams('alice')).availability).toBe('Available');
  });
});

describe('our own echo', () => {
  it('is not undone by a notification that comes late', async () => {
    await signedInAlice({ push: true });
    await world.runUntil(() => world.side.status().source === 'push', 20_000);
    await world.fault({ fault: 'late', delayMs: 20_000, times: 1 });
    await world.setPresence('alice', 'Away');
    world.side.writeBack.set('alice', 'dnd', 60 * minute);
    await world.runUntil(() => world.status('alice') === 'dnd', 15_000);
    await world.run(2 * minute);
    expect(world.status('alice')).toBe('dnd');
    expect(world.outdone).toEqual([]);
  });

  it('is known, and a later choice in Teams stands over what was set here', async () => {
    await signedInAlice({ push: true });
    world.side.writeBack.set('alice', 'dnd', 60 * minute);
    await world.runUntil(() => world.status('alice') === 'dnd', 20_000);
    await world.run(10 * minute);
    expect(world.outdone).toEqual([]);
    // Alice takes it back in Teams.
    await world.control('DELETE', '/users/alice/preferred');
    await world.runUntil(() => world.outdone.length > 0, 20_000);
    expect(world.outdone).toEqual(['alice']);
    expect(world.lines.some((line) => line.includes('has lost'))).toBe(false);
  });
});

describe('the permission', () => {
  it('is asked for only when somebody is written', async () => {
    await signedInAlice();
    expect(scopes()).toContain('Presence.ReadWrite');
    await world.stop();
    world = await createGraphWorld();
    expect(scopes()).not.toContain('Presence.ReadWrite');
    expect(world.side.writeBack.may('alice')).toBe(false);
  });

  it('of a user is for that user alone', async () => {
    await signedInAlice();
    expect(world.side.writeBack.may('bob')).toBe(false);
  });

  it('of an application is for everybody, and its lack is said', async () => {
    const app = { microsoft: 'signIn: app, clientSecret: s3cret' };
    const appRoles = ['Presence.Read.All', 'User.ReadBasic.All'];
    await signedInAlice({ ...app, standIn: { appRoles: [...appRoles, 'Presence.ReadWrite.All'] } });
    world.side.writeBack.set('bob', 'dnd', 10 * minute);
    await world.run(1_000);
    expect((await inTeams('bob')).availability).toBe('DoNotDisturb');
    await world.stop();
    await signedInAlice({ ...app, standIn: { appRoles } });
    world.side.writeBack.set('bob', 'dnd', 10 * minute);
    await world.run(1_000);
    expect((await inTeams('bob')).availability).toBe('Busy');
    expect(
      world.lines.filter((line) => /\(403\): grant the application Presence\.ReadWrite/.test(line)),
    ).toHaveLength(1);
    expect(world.side.diagnosis().permissions.at(-1)).toMatchObject({
      name: 'Presence.ReadWrite.All',
      granted: false,
    });
  });
});
