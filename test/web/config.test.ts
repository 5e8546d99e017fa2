import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ends, endAll, eventually, plugInLamp, startBridge, startTenant } from '../system/kit.ts';
import { follow, startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const text = `# our corridor
people:
  - { id: alice, user: alice@contoso.com, name: Alice Ng } # room 204
lights:
  # the first one
  - { id: door, kind: espruino, shows: [alice] }
`;

describe('the configuration over HTTP', () => {
  it('is changed by path, applied at once, and keeps comments', async () => {
    const { page, change, file, urls, cookie } = await startWeb(ends, text);
    const { events } = await follow(ends, `${urls.web}/api/events`, { cookie });
    const answer = await change<{
      minted: { light: string; key: string }[];
      value: object;
      restart: string[];
    }>([
      { path: 'looks/unknown', value: { color: '#ffffff', effect: 'solid' } },
      { path: 'lights/door/name', value: 'Room 204' },
      { path: 'people/bob', value: { user: 'bob@contoso.com' } },
      { path: 'lights/second', value: { kind: 'espruino', shows: ['bob'] } },
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body.minted).toEqual([{ light: 'second', key: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
    expect(answer.body.restart).toEqual([]);
    const written = readFileSync(file, 'utf8');
    for (const kept of ['# our corridor', '# room 204', '# the first one']) expect(written).toContain(kept);
    const lights = (await page<Record<string, unknown>[]>('GET', '/api/lights')).body;
    expect(lights.map(({ id, name }) => [id, name])).toEqual([
      ['door', 'Room 204'],
      ['second', 'second'],
    ]);
    for (const light of lights) expect(light).toMatchObject({ show: { color: { r: 255, g: 255, b: 255 } } });
    expect((await page<{ id: string }[]>('GET', '/api/people')).body.map(({ id }) => id)).toEqual([
      'alice',
      'bob',
    ]);
    const removed = await change([
      { path: 'people/bob', value: null },
      { path: 'lights/second', value: null },
    ]);
    expect(removed.status).toBe(200);
    await eventually(() => {
      expect(events.filter(({ event }) => event === 'removed').map(({ data }) => data)).toEqual(
        expect.arrayContaining([
          { of: 'people', id: 'bob' },
          { of: 'lights', id: 'second' },
        ]),
      );
      expect(events.some(({ event }) => event === 'config')).toBe(true);
    });
  });

  it('says what is wrong, where, and changes nothing', async () => {
    const { page, change, file } = await startWeb(ends, text);
    const wrong = [
      { path: 'lights/door/brightness', value: 3 },
      { path: 'people/carol', value: { name: 'Carol' } },
    ];
    const fields = [
      { path: 'people/carol/user', message: expect.stringMatching(/is missing/) },
      { path: 'lights/door/brightness', message: expect.stringMatching(/from 0 to 1/) },
    ];
    expect(await change(wrong)).toMatchObject({ status: 400, body: { fields } });
    expect(await page('POST', '/api/config/check', { changes: wrong })).toMatchObject({
      status: 400,
      body: { fields },
    });
    expect(await change([{ path: 'lights/none/name', value: 'x' }])).toMatchObject({ status: 400 });
    expect(await change([{ path: 'nothing', value: 1 }])).toMatchObject({ status: 400 });
    expect(await change([{ path: '__proto__/x', value: 1 }])).toMatchObject({ status: 400 });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('is not overwritten by who looked earlier', async () => {
    const { page, change } = await startWeb(ends, text);
    const { etag } = (await page<{ etag: string }>('GET', '/api/config')).body;
    expect((await change([{ path: 'colorBlind', value: true }])).status).toBe(200);
    const late = { changes: [{ path: 'colorBlind', value: false }] };
    expect(await page('PATCH', '/api/config', late, { 'if-match': etag })).toMatchObject({
      status: 412,
      body: { stale: true },
    });
    expect((await page('PATCH', '/api/config', late)).status).toBe(428);
  });

  it('picks up a hand edit, and refuses a wrong one with its reason', async () => {
    const { page, file } = await startWeb(ends, text);
    writeFileSync(file, `${text}looks: { unknown: { color: '#00ffff' } }\n`);
    const show = async () => (await page<{ show: object }[]>('GET', '/api/lights')).body[0]?.show;
    await eventuallyAsync(async () =>
      expect(await show()).toMatchObject({ color: { r: 0, g: 255, b: 255 } }),
    );
    writeFileSync(file, `${text}lookz: {}\n`);
    await eventuallyAsync(async () =>
      expect((await page('GET', '/api/config')).body).toMatchObject({
        refused: expect.stringMatching(/lookz/),
      }),
    );
    expect(await show()).toMatchObject({ color: { r: 0, g: 255, b: 255 } });
    // Whatever stands there at the moment, the page is told what is in force.
    for (const broken of ['lights: [', 'just words', '- a\n- list', '{ "a": ']) {
      writeFileSync(file, broken);
      expect(await page('GET', '/api/config')).toMatchObject({
        status: 200,
        body: { value: { lights: [{ id: 'door' }] } },
      });
    }
    writeFileSync(file, text);
    await eventuallyAsync(async () =>
      expect((await page('GET', '/api/config')).body).not.toHaveProperty('refused'),
    );
  });

  it.skipIf(process.getuid?.() === 0)('is read-only where it cannot be written', async () => {
    const { page, change, file } = await startWeb(ends, text);
    chmodSync(file, 0o400);
    expect((await page('GET', '/api/config')).body).toMatchObject({ editable: false });
    expect(await change([{ path: 'colorBlind', value: true }])).toMatchObject({
      status: 403,
      body: { readOnly: true },
    });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'is read-only where it is mounted as a single file, and says so',
    async (context) => {
      const { page, change, file } = await startWeb(ends, text);
      if (spawnSync('mount', ['--bind', file, file]).status !== 0)
        context.skip('nothing can be mounted here');
      ends.push(() => spawnSync('umount', [file]));
      expect((await page('GET', '/api/config')).body).toMatchObject({
        editable: false,
        why: expect.stringMatching(/mounted as a single file .*mount its folder instead/),
      });
      expect(await change([{ path: 'colorBlind', value: true }])).toMatchObject({
        status: 403,
        body: { readOnly: true },
      });
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('keeps each secret with what it belongs to, whatever is done to the list around it', async () => {
    const hook = (name: string) => `https://hooks.contoso.com/${name}`;
    const { page, change, file, folder } = await startWeb(
      ends,
      `${text}notify: [{ url: "${hook('one')}", secret: first-secret }]\n`,
    );
    type Config = { value: { notify: { url: string; secret: string }[] } };
    const list = async () => (await page<Config>('GET', '/api/config')).body.value.notify;
    const secretOf = (name: string) => {
      const written = readFileSync(file, 'utf8').split('\n').join(' ');
      const said = new RegExp(`${name}"?, (?:people[^}]*?, )?secret: "?([^",} ]+)`).exec(written)?.[1] ?? '';
      const [, variable] = /^\$\{(\w+)$/.exec(said) ?? [];
      if (!variable) return said;
      return (JSON.parse(readFileSync(`${folder}/secrets.json`, 'utf8')) as Record<string, string>)[variable];
    };
    expect(await list()).toMatchObject([{ secret: '********' }]);
    // Another one before it, and the first as it was shown.
    const two = [{ url: hook('two'), secret: 'second-secret' }, ...(await list())];
    expect((await change([{ path: 'notify', value: two }])).status).toBe(200);
    expect([secretOf('one'), secretOf('two')]).toEqual(['first-secret', 'second-secret']);
    const three = [{ url: hook('three'), secret: 'third-secret' }, ...(await list())].reverse();
    expect((await change([{ path: 'notify', value: three }])).status).toBe(200);
    expect([secretOf('one'), secretOf('two'), secretOf('three')]).toEqual([
      ...['first-secret', 'second-secret', 'third-secret'],
    ]);
    expect(readFileSync(file, 'utf8')).not.toContain('********');
    // A secret that nobody gave cannot be kept.
    const none = await change([{ path: 'notify', value: [{ url: hook('four'), secret: '********' }] }]);
    expect(none).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/expected the secret itself/) },
    });
    const user = await change([{ path: 'mqtt/users/eve', value: { access: 'read', password: '********' } }]);
    expect(user.status).toBe(400);
    const inside = [{ url: 'https://user:pass@hooks.contoso.com/', secret: 'x' }];
    expect(await change([{ path: 'notify', value: inside }])).toMatchObject({
      status: 400,
      body: { fields: [{ path: 'notify/0/url' }] },
    });
  });

  it('keeps secrets out of the file and of every answer', async () => {
    const { change, file, folder, page } = await startWeb(ends, text);
    const answer = await change([
      {
        path: 'microsoft',
        value: {
          tenant: 'contoso.onmicrosoft.com',
          clientId: '11111111-2222-3333-4444-555555555555',
          clientSecret: 'very-secret-indeed',
          authorityUrl: 'https://127.0.0.1:9',
          graphUrl: 'https://127.0.0.1:9',
        },
      },
    ]);
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.body)).not.toContain('very-secret');
    expect(readFileSync(file, 'utf8')).toMatch(/clientSecret: "?\$\{DOORLIGHT_MICROSOFT_CLIENTSECRET\}/);
    expect(readFileSync(`${folder}/secrets.json`, 'utf8')).toContain('very-secret-indeed');
    expect((await page('GET', '/readyz')).body).not.toMatchObject({ missing: ['set-up'] });
    expect((await change([{ path: 'microsoft/clientSecret', value: '********' }])).status).toBe(200);
    expect(readFileSync(`${folder}/secrets.json`, 'utf8')).toContain('very-secret-indeed');
  });
});

it('sets up from nothing to a lamp that follows a person, without a restart', async () => {
  const tenant = await startTenant(ends);
  const { page, change, urls } = await startWeb(ends, '');
  expect(await page('GET', '/api/setup')).toMatchObject({
    body: { setUp: true, steps: { microsoft: { done: false } }, registration: { consentUrl: null } },
  });
  const [, tenantName, clientId] = /tenant: (\S+), clientId: (\S+),/.exec(tenant.microsoft)!;
  const microsoft = {
    tenant: tenantName,
    clientId,
    graphUrl: tenant.graphUrl,
    authorityUrl: tenant.graphUrl,
    caFile: tenant.caFile,
  };
  const { tenant: named, authorityUrl, caFile } = microsoft;
  const check = await page('POST', '/api/setup/microsoft/check', {
    tenant: named,
    clientId,
    authorityUrl,
    caFile,
  });
  expect(check).toMatchObject({ status: 200, body: { consentUrl: expect.stringContaining('adminconsent') } });
  expect(
    await page('POST', '/api/setup/microsoft/check', {
      tenant: named,
      clientId,
      authorityUrl: 'https://127.0.0.1:9',
    }),
  ).toMatchObject({ status: 400, body: { fields: [{ path: 'microsoft/authorityUrl' }] } });

  expect((await change([{ path: 'microsoft', value: microsoft }])).status).toBe(200);
  await eventuallyAsync(async () =>
    expect((await page<object[]>('GET', '/api/sign-in')).body).toMatchObject([{ status: 'ok' }]),
  );
  const found = await page<{ user: string; name: string }[]>('GET', '/api/directory?search=ali');
  expect(found).toMatchObject({ status: 200, body: [{ user: 'alice@contoso.com', known: null }] });
  const answer = await change<{ minted: { key: string }[] }>([
    { path: 'people/alice', value: { user: found.body[0]!.user, name: found.body[0]!.name } },
    { path: 'lights/door', value: { kind: 'espruino', shows: ['alice'], leds: { count: 4 } } },
  ]);
  plugInLamp(ends, 'door', answer.body.minted[0]!.key, urls.probePort!);
  await tenant.setPresence('alice@contoso.com', 'Available');
  await eventuallyAsync(async () =>
    expect((await page<object[]>('GET', '/api/lights')).body).toMatchObject([
      { online: true, state: { state: 'ON', color: { r: 0, g: 255, b: 0 } } },
    ]),
  );
  expect((await page('GET', '/readyz')).status).toBe(200);
  expect((await page('GET', '/api/health/lights/door')).body).toMatchObject({ light: 'door', wrong: false });
}, 60_000);

async function eventuallyAsync(check: () => Promise<unknown>): Promise<void> {
  const { vi } = await import('vitest');
  await vi.waitFor(check, { timeout: 20_000, interval: 100 });
}

describe('what a change over HTTP may not do', () => {
  it('shows nobody what a ${NAME} stands for', async () => {
    process.env['DOORLIGHT_TEST_SECRET'] = 'top-secret';
    ends.push(() => void delete process.env['DOORLIGHT_TEST_SECRET']);
    const { page, change, file } = await startWeb(
      ends,
      text.replace('Alice Ng', '"A ${DOORLIGHT_TEST_SECRET}"'),
    );
    for (const [path, value] of [
      ['people/bob', { user: 'bob@contoso.com', name: 'x ${DOORLIGHT_TEST_SECRET}' }],
      ['lights/door/name', '${DOORLIGHT_TEST_SECRET}'],
    ] as const) {
      const answer = await change([{ path, value }]);
      expect(answer).toMatchObject({ status: 400, body: { fields: [{ path }] } });
      expect(JSON.stringify(answer.body)).not.toContain('top-secret');
    }
    expect(readFileSync(file, 'utf8')).not.toContain('bob');
    // What somebody wrote there by hand may stay.
    const stays = {
      id: 'alice',
      user: 'alice@contoso.com',
      name: 'A ${DOORLIGHT_TEST_SECRET}',
      share: 'status',
    };
    const kept = await change([{ path: 'people/alice', value: stays }]);
    expect(kept.status, JSON.stringify(kept.body)).toBe(200);
    expect((await page<{ name: string }[]>('GET', '/api/people')).body[0]!.name).toBe('A top-secret');
  });

  it('shows nobody a password that stands beside a ${NAME}', async () => {
    process.env['DOORLIGHT_TEST_HOST'] = 'proxy.example';
    ends.push(() => void delete process.env['DOORLIGHT_TEST_HOST']);
    const { microsoft } = await startTenant(ends);
    const proxy = 'http://user:hunter2@${DOORLIGHT_TEST_HOST}:3128';
    const { page } = await startWeb(ends, microsoft.replace(/ }$/, `, proxy: "${proxy}" }`));
    const { body } = await page<{ value: { microsoft: { proxy: string } } }>('GET', '/api/config');
    expect(body.value.microsoft.proxy).toBe('********');
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('takes no secret from another receiver of the same address', async () => {
    const { page, change, file } = await startWeb(ends, text);
    const url = 'http://127.0.0.1:9/hook';
    expect((await change([{ path: 'notify', value: [{ url, secret: 'the-first-secret' }] }])).status).toBe(
      200,
    );
    const { value } = (await page<{ value: { notify: object[] } }>('GET', '/api/config')).body;
    const both = [...value.notify, { url, secret: 'the-second-secret' }];
    expect((await change([{ path: 'notify', value: both }])).status).toBe(200);
    const names = [...readFileSync(file, 'utf8').matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(2);
  });

  it('leaves the link of somebody to the next one of that id', async () => {
    const { page, change, urls } = await startWeb(ends, text);
    const link = await page<{ path: string }>('POST', '/api/links', { kind: 'person', person: 'alice' });
    const authorization = `Bearer ${link.body.path.split('/').at(-1)}`;
    const me = async () => (await fetch(`${urls.web}/api/me`, { headers: { authorization } })).status;
    expect(await me()).toBe(200);
    await change([{ path: 'people/alice/name', value: 'A. Ng' }]);
    expect(await me()).toBe(200);
    expect((await change([{ path: 'people/alice/user', value: 'another@contoso.com' }])).status).toBe(200);
    expect(await me()).toBe(401);
  });

  it('leaves it to nobody when the file was edited while the bridge was off', async () => {
    const { page, bridge, file, folder } = await startWeb(ends, text);
    const link = await page<{ path: string }>('POST', '/api/links', { kind: 'person', person: 'alice' });
    const authorization = `Bearer ${link.body.path.split('/').at(-1)}`;
    await bridge.stop();
    const headers = { authorization, 'content-type': 'application/json' };
    const renamed = await startBridge(ends, text.replace('Alice Ng', 'A. Ng'), { file, folder });
    const pause = { method: 'PUT', headers, body: '{"for":"PT2H"}' };
    expect((await fetch(`${renamed.urls.web}/api/me/pause`, pause)).status).toBe(200);
    await renamed.bridge.stop();
    // The same id for somebody else: neither the link nor the pause is theirs.
    const other = await startBridge(ends, text.replace('alice@', 'another@'), { file, folder });
    expect((await fetch(`${other.urls.web}/api/me`, { headers })).status).toBe(401);
    expect(readFileSync(join(folder, 'say.json'), 'utf8')).not.toContain('alice');
  });
});
