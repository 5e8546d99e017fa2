import { writeFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { createRedaction } from '../../bridge/rooms/support.ts';
import { type Ends, endAll, eventually, startTenant } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const kept = [
  'alice',
  'Alice Ng',
  'bob@contoso.com',
  'board-room',
  '5f1c0b0e-7f3a-4c0e-9d59-3a8f9a3f1c77',
  'proxy-password',
  'proxy.corp.contoso.com',
  'mirror.contoso.com',
  'mirror-secret-9b2f',
  'homeassistant-account',
  'consumer-secret-41ac',
  'notify-secret-7d1e',
  'hooks.contoso.com',
  'T0KEN-IN-PATH',
  'Corner office',
  'corner/office/wled',
  '/srv/private/holidays.ics',
];

it('has no name, address, path or secret of a house that has many', async () => {
  const tenant = await startTenant(ends);
  const { page, ask, file, bridge } = await startWeb(
    ends,
    `${tenant.microsoft.replace(/ }$/, ', accounts: [alice] }')}
people:
  - { id: alice, user: alice@contoso.com, name: Alice Ng }
  - { id: bob, user: bob@contoso.com }
groups: [{ id: board-room, group: 5f1c0b0e-7f3a-4c0e-9d59-3a8f9a3f1c77, exclude: [bob@contoso.com] }]
mqtt:
  users: [{ username: homeassistant-account, password: consumer-secret-41ac, access: read }]
  mirror: { url: "mqtts://mirror.contoso.com:8883", username: homeassistant-account, password: mirror-secret-9b2f }
lights:
  - { id: door, kind: espruino, shows: [alice], name: Corner office }
  - { id: strip, kind: wled, topic: corner/office/wled, shows: [board-room] }
notify: [{ url: "https://hooks.contoso.com/T0KEN-IN-PATH", secret: notify-secret-7d1e, people: [alice] }]
`,
  );
  await eventually(() => expect(bridge.view.health().signIn).toBe('ok'));
  const minted = await page<{ token: string }>('POST', '/api/tokens', { name: 'Alice Ng', scope: 'admin' });
  writeFileSync(file, 'looks: { call: { colour: "proxy-password" } }\n');
  await vi.waitFor(
    async () => expect((await page('GET', '/api/config')).body).toHaveProperty('refused'),
    10_000,
  );
  const headers = { authorization: `Bearer ${minted.body.token}` };
  const { status, body } = await ask('GET', '/api/support-bundle', undefined, headers);
  expect(status).toBe(200);
  const text = JSON.stringify(body);
  for (const secret of [...kept, minted.body.token, tenant.graphUrl, tenant.caFile, '@contoso', file]) {
    expect(text).not.toContain(secret);
  }
  // And what helps is there.
  expect(body).toMatchObject({
    lights: [
      { id: 'door', kind: 'espruino', shows: ['person-1'], class: 'own', online: false },
      { id: 'strip', kind: 'wled', shows: [expect.stringMatching(/^group-/)] },
    ],
    people: [{ fresh: expect.any(Boolean) }, {}],
    why: [
      { light: 'door', links: [{ part: 'graph' }, { part: 'bridge', code: 'bridge-up' }, {}, {}, {}] },
      {},
    ],
    config: {
      value: { source: { mode: 'auto', pollSeconds: 15 }, people: [{ id: 'person-1', share: 'full' }, {}] },
    },
    graph: { source: expect.stringMatching(/poll|none/), notifications: { refused: 0 } },
  });
  expect(text).toContain('doorlight_presence_age_seconds_max');
}, 40_000);

it('keeps the sentences, without what they quote', () => {
  const redact = createRedaction(
    new Map([
      ['alice', 'person-1'],
      ['Alice Ng', 'person-1'],
    ]),
  );
  expect(
    redact({
      why: 'getaddrinfo ENOTFOUND graph.contoso.com for alice@contoso.com (alice, Alice Ng) at https://x.example/y?code=1',
      error: 'open /home/alice/key.pem: 192.168.1.20 said 0123456789abcdef0123456789abcdef',
      anything: 'a word that nobody looked at',
      days: ['mon-fri'],
    }),
  ).toEqual({
    why: 'getaddrinfo ENOTFOUND <name> for <address> (person-1, person-1) at <url>',
    error: 'open <path>: <ip> said <token>',
    anything: '<struck out>',
    days: ['mon-fri'],
  });
});
