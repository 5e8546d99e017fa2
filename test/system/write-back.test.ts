import { afterEach, expect, it } from 'vitest';
import { consumer, type Ends, endAll, eventually, listen, startBridge, startTenant } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

interface Shown {
  userPrincipalName: string;
  availability: string;
  statusMessage: string | null;
}

it('sets in Teams what is set by hand, over HTTP and over MQTT, and takes it back', async () => {
  // Alice herself signs in: a user's sign-in may write that user only.
  const tenant = await startTenant(ends, { autoApprove: 'alice@contoso.com' });
  const people = `people:
  - { id: alice, user: alice@contoso.com, writeBack: true }
  - { id: bob, user: bob@contoso.com }`;
  const yaml = [tenant.microsoft, people, `mqtt: { ${consumer} }`].join('\n');
  const { bridge, urls, lines } = await startBridge(ends, yaml, { push: true });
  const heard = await listen(ends, urls.mqtt!);
  await eventually(() => expect(bridge.view.person('alice').status).toBe('available'), 30_000);
  const inTeams = async (name: string) => {
    const users = (await tenant.control('GET', '/users')) as Shown[];
    return users.find(({ userPrincipalName }) => userPrincipalName.startsWith(name))!;
  };
  const bobs = (await inTeams('bob')).availability;
  const overHttp = (person: string, body: object) =>
    fetch(`${urls.web}/api/people/${person}/set`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  const answer = await overHttp('alice', { status: 'dnd', for: 'PT25M', message: 'Deep work' });
  expect(answer.status, await answer.text()).toBe(200);
  await eventually(async () =>
    expect(await inTeams('alice')).toMatchObject({
      availability: 'DoNotDisturb',
      statusMessage: 'Deep work',
    }),
  );
  await eventually(() => expect(heard.json('doorlight/presence/alice')).toMatchObject({ status: 'dnd' }));
  expect((await overHttp('alice', { clear: true })).status).toBe(200);
  await eventually(async () =>
    expect(await inTeams('alice')).toMatchObject({ availability: 'Available', statusMessage: null }),
  );

  const overMqtt = (person: string, body: object) =>
    heard.client.publishAsync(`doorlight/presence/${person}/set`, JSON.stringify(body), { qos: 1 });
  await overMqtt('alice', { status: 'busy', for: 'PT25M' });
  await eventually(async () => expect((await inTeams('alice')).availability).toBe('Busy'));
  await overMqtt('alice', { clear: true });
  await eventually(async () => expect((await inTeams('alice')).availability).toBe('Available'));
  await eventually(() =>
    expect(heard.json('doorlight/presence/alice')).toMatchObject({ status: 'available' }),
  );

  // Bob is not written: what is set for him stays here.
  await overMqtt('bob', { status: 'dnd' });
  await eventually(() => expect(heard.json('doorlight/presence/bob')).toMatchObject({ status: 'dnd' }));
  expect((await inTeams('bob')).availability).toBe(bobs);
  const topics = heard.all.filter(({ topic }) => !topic.endsWith('/set')).map(({ payload }) => payload);
  expect([...topics, ...lines].join()).not.toContain('Deep work');
}, 60_000);
