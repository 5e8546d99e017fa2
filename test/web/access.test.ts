import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../protocol/clock.ts';
import { type Ends, endAll, eventually, plugInLamp } from '../system/kit.ts';
import { follow, password, startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const text = `
people:
  - { id: alice, user: alice@contoso.com, name: Alice Ng }
  - { id: bob, user: bob@contoso.com }
lights: [{ id: tablet, kind: page, shows: [alice], name: Room 204 }]
`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a token', () => {
  it('does what its scope allows, until it is revoked, and is kept hashed', async () => {
    const { ask, page, folder } = await startWeb(ends, text);
    const tokens = new Map<string, { id: string; token: string }>();
    for (const scope of ['read', 'control', 'admin']) {
      const minted = await page<{ id: string; token: string }>('POST', '/api/tokens', { name: scope, scope });
      expect(minted.status).toBe(201);
      tokens.set(scope, minted.body);
      expect(readFileSync(`${folder}/grants.json`, 'utf8')).not.toContain(minted.body.token);
    }
    const statuses = async (scope: string) => {
      const headers = bearer(tokens.get(scope)!.token);
      const set = { status: 'dnd', for: 'PT1M' };
      return [
        (await ask('GET', '/api/people', undefined, headers)).status,
        (await ask('POST', '/api/people/alice/set', set, headers)).status,
        (await ask('GET', '/api/config', undefined, headers)).status,
        (await ask('POST', '/api/links', { kind: 'board' }, headers)).status,
      ];
    };
    expect(await statuses('read')).toEqual([200, 403, 403, 403]);
    expect(await statuses('control')).toEqual([200, 200, 403, 403]);
    expect(await statuses('admin')).toEqual([200, 200, 200, 201]);
    expect((await page('DELETE', `/api/tokens/${tokens.get('admin')!.id}`)).status).toBe(204);
    expect(await statuses('admin')).toEqual([401, 401, 401, 401]);
  });
});

describe('the password', () => {
  it('is asked for again after ten minutes by what could do harm, and can be changed', async () => {
    const { ask, page } = await startWeb(ends, text);
    expect((await page('POST', '/api/session/fresh', { password: 'wrong password' })).status).toBe(401);
    expect((await page('POST', '/api/session/fresh', { password })).status).toBe(204);
    const other = await ask('POST', '/api/session', { password });
    const cookie = other.headers.get('set-cookie')!.split(';')[0]!;
    expect((await page('PUT', '/api/session/password', { password: 'short' })).body).toMatchObject({
      fields: [{ path: 'password' }],
    });
    expect((await page('PUT', '/api/session/password', { password: 'another long one' })).status).toBe(204);
    expect((await ask('GET', '/api/people', undefined, { cookie })).status).toBe(401);
    expect((await page('GET', '/api/people')).status).toBe(200);
    expect((await ask('POST', '/api/session', { password })).status).toBe(401);
  });
});

describe('ten minutes after the password', () => {
  it('what could do harm asks for it again, whatever else is sent along', async () => {
    let later = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + later };
    const { page } = await startWeb(ends, text, { clock });
    const minted = await page<{ token: string }>('POST', '/api/tokens', { name: 'reader', scope: 'read' });
    later = 11 * 60_000;
    const { etag } = (await page<{ etag: string }>('GET', '/api/config')).body;
    const changes = [{ path: 'mqtt/users/eve', value: { access: 'all' } }];
    for (const headers of [
      {},
      { authorization: 'Basic eDp5' },
      { authorization: 'Bearer !' },
      bearer(minted.body.token),
    ]) {
      const change = await page('PATCH', '/api/config', { changes }, { 'if-match': etag, ...headers });
      expect(change.status).toBe(403);
      const link = await page('POST', '/api/links', { kind: 'board' }, headers);
      expect(link.status).toBe(403);
    }
    const harmless = [{ path: 'colorBlind', value: true }];
    expect((await page('PATCH', '/api/config', { changes: harmless }, { 'if-match': etag })).status).toBe(
      200,
    );
    expect(await page('POST', '/api/links', { kind: 'board' })).toMatchObject({ body: { need: 'password' } });
    expect((await page('POST', '/api/session/fresh', { password })).status).toBe(204);
    expect((await page('POST', '/api/links', { kind: 'board' })).status).toBe(201);
  });
});

describe("a person's own link", () => {
  it('shows and lowers, pauses, leaves, and comes back', async () => {
    const { ask, page, urls, bridge } = await startWeb(ends, text);
    const link = await page<{ path: string; id: string }>('POST', '/api/links', {
      kind: 'person',
      person: 'alice',
    });
    const headers = bearer(link.body.path.replace('/me/', ''));
    const me = (method: string, path: string, body?: object) => ask(method, `/api/me${path}`, body, headers);
    expect((await me('GET', '')).body).toMatchObject({
      person: { id: 'alice', name: 'Alice Ng' },
      share: { granted: 'full', own: null, inForce: 'full' },
      paused: null,
      left: false,
      lights: [{ id: 'tablet', name: 'Room 204' }],
    });
    const { events } = await follow(ends, `${urls.web}/api/me/events`, headers);
    await me('POST', '/set', { status: 'meeting', for: 'PT1H' });
    expect((await me('PUT', '/share', { share: 'busy-free' })).body).toMatchObject({
      share: { inForce: 'busy-free' },
    });
    expect(bridge.view.person('alice').status).toBe('busy');
    expect((await me('PUT', '/share', { share: null })).body).toMatchObject({ share: { inForce: 'full' } });
    expect(bridge.view.person('alice').status).toBe('meeting');
    expect((await me('PUT', '/pause', { for: 'PT2H' })).body).toMatchObject({
      paused: { until: expect.anything() },
    });
    expect(bridge.view.person('alice')).toMatchObject({ status: 'unknown', fresh: false, override: null });
    expect((await me('PUT', '/pause', { for: 'P90D' })).status).toBe(400);
    expect((await me('DELETE', '/pause')).body).toMatchObject({ paused: null });
    expect((await me('PUT', '/left')).body).toMatchObject({ left: true, lights: [] });
    expect(bridge.view.people().map(({ id }) => id)).toEqual(['bob']);
    expect((await me('DELETE', '/left')).body).toMatchObject({ left: false });
    expect(bridge.view.people().map(({ id }) => id)).toEqual(['alice', 'bob']);
    await eventually(() => expect(events.at(-1)).toMatchObject({ event: 'me', data: { left: false } }));
    expect((await ask('GET', '/api/people', undefined, headers)).status).toBe(401);
    await page('DELETE', `/api/links/${link.body.id}`);
    expect((await me('GET', '')).status).toBe(401);
  });

  it('cannot share more than is granted', async () => {
    const { ask, page } = await startWeb(
      ends,
      text.replace('name: Alice Ng', 'name: Alice Ng, share: status'),
    );
    const link = await page<{ path: string }>('POST', '/api/links', { kind: 'person', person: 'alice' });
    const headers = bearer(link.body.path.replace('/me/', ''));
    expect(await ask('PUT', '/api/me/share', { share: 'full' }, headers)).toMatchObject({
      status: 400,
      body: { fields: [{ path: 'share' }] },
    });
  });
});

describe('a board link', () => {
  it('reads the board and nothing else', async () => {
    const { ask, page, urls } = await startWeb(ends, text);
    const link = await page<{ path: string }>('POST', '/api/links', { kind: 'board', name: 'Reception' });
    const headers = bearer(link.body.path.replace('/board/', ''));
    expect((await ask('GET', '/api/board', undefined, headers)).body).toMatchObject({ name: 'Reception' });
    const { events } = await follow(ends, `${urls.web}/api/board/events`, headers);
    await eventually(() =>
      expect(events.map(({ event }) => event)).toEqual(['presence', 'presence', 'light', 'health']),
    );
    for (const path of ['/api/me', '/api/people', '/api/config']) {
      expect((await ask('GET', path, undefined, headers)).status).toBe(401);
    }
    expect((await ask('GET', link.body.path)).headers.get('cache-control')).toBe('no-store');
  });

  it('tells nothing of the lamps themselves', async () => {
    const lamps = 'lights: [{ id: door, kind: espruino, shows: [alice] }]';
    const { ask, page, urls, keys, bridge } = await startWeb(ends, text.replace(/lights: .*/, lamps));
    plugInLamp(ends, 'door', keys.get('door')!, urls.probePort!);
    await eventually(() =>
      expect(bridge.view.light('door')?.state).toMatchObject({ fw: expect.any(String) }),
    );
    const link = await page<{ path: string }>('POST', '/api/links', { kind: 'board' });
    const headers = bearer(link.body.path.replace('/board/', ''));
    const { lights } = (await ask<{ lights: { state: object }[] }>('GET', '/api/board', undefined, headers))
      .body;
    expect(lights[0]!.state).toMatchObject({ state: 'ON', color: {} });
    for (const key of ['ip', 'fw', 'rssi', 'uptime', 'free', 'board'])
      expect(lights[0]!.state).not.toHaveProperty(key);
    const { events } = await follow(ends, `${urls.web}/api/board/events`, headers);
    await eventually(() => expect(events.some(({ event }) => event === 'light')).toBe(true));
    bridge.view.setPerson('alice', { status: 'busy', for: 'PT1M' });
    await eventually(() => {
      const told = events.filter(({ event }) => event === 'light');
      expect(told.at(-1)!.data).toMatchObject({ state: { color: { r: 255, g: 0, b: 0 } } });
      expect(JSON.stringify(told)).not.toMatch(/"(ip|fw|rssi|espruino)":/);
    });
  });

  it('and nobody else reads what is guarded by another word for it', async () => {
    const { ask, urls } = await startWeb(ends, text);
    expect((await fetch(`${urls.web}/api/people`, { method: 'HEAD' })).status).toBe(401);
    expect((await ask('OPTIONS', '/api/people')).status).toBe(404);
    for (const path of [
      '/api/people/',
      '//api/people',
      '/api//people',
      '/API/people',
      '/api/people%2f',
      '/api/./people',
    ]) {
      const answer = await fetch(`${urls.web}${path}`);
      expect([path, await answer.text()]).toEqual([path, expect.not.stringContaining('alice')]);
    }
    for (const path of ['/..%2f..%2fpackage.json', '/%2e%2e/%2e%2e/package.json', '/..\\..\\package.json']) {
      const answer = await fetch(`${urls.web}${path}`);
      expect([path, await answer.text()]).toEqual([path, expect.not.stringContaining('devDependencies')]);
    }
  });
});

describe('a phone as a lamp', () => {
  it('is paired once, is told and tells, and is gone when its page is', async () => {
    const { ask, page, urls, bridge } = await startWeb(ends, text);
    const link = await page<{ path: string }>('POST', '/api/links', { kind: 'lamp', light: 'tablet' });
    const code = link.body.path.split('#')[1];
    const paired = await ask('POST', '/api/lamp/tablet/pair', { code });
    expect(paired.status).toBe(200);
    expect((await ask('POST', '/api/lamp/tablet/pair', { code })).status).toBe(401);
    const cookie = paired.headers.get('set-cookie')!;
    expect(cookie).toMatch(/Path=\/api\/lamp\/tablet; HttpOnly; SameSite=Strict/);
    const headers = { cookie: cookie.split(';')[0]! };
    expect((await ask('GET', '/api/lamp/other', undefined, headers)).status).toBe(401);
    expect((await ask('GET', '/api/people', undefined, headers)).status).toBe(401);

    const abort: Ends = [];
    const { events } = await follow(abort, `${urls.web}/api/lamp/tablet/events`, headers);
    const light = () => bridge.view.lights()[0]!;
    await eventually(() => expect(light().online).toBe(true));
    await page('POST', '/api/people/alice/set', { status: 'call', for: 'PT5M' });
    await eventually(() => {
      expect(events.findLast(({ event }) => event === 'lamp')).toMatchObject({
        data: { id: 'tablet', show: { effect: 'pulse' }, people: [{ name: 'Alice Ng', status: 'call' }] },
      });
      expect(events.some(({ event }) => event === 'alive')).toBe(true);
    });
    const { show } = light();
    expect((await ask('POST', '/api/lamp/tablet/state', show, headers)).status).toBe(204);
    expect(light().state).toEqual(show);
    await page('POST', '/api/lights/tablet/identify');
    await eventually(() => expect(events.some(({ event }) => event === 'identify')).toBe(true));
    await endAll(abort);
    await eventually(() => expect(light().online).toBe(false));
  });
});
