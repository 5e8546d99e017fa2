import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../bridge/store.ts';
import { createSessions } from '../../bridge/web/sessions.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type Ends, endAll, startBridge, temporaryFolder } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

async function open() {
  const { urls, lines, folder } = await startBridge(ends, '');
  const code = lines.join('\n').match(/code ([A-Z0-9]{8})/)![1]!;
  const call = (method: string, path: string, body?: object, cookie = '') =>
    fetch(`${urls.web}${path}`, {
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), cookie },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  return { call, code, folder };
}

const cookieOf = (answer: Response) => answer.headers.get('set-cookie')!.split(';')[0]!;

describe('who may see the page', () => {
  it('is nobody before a claim, and health and info for everybody', async () => {
    const { call } = await open();
    for (const path of ['/api/people', '/api/lights', '/api/events'])
      expect((await call('GET', path)).status).toBe(401);
    expect((await call('POST', '/api/lights/x/identify')).status).toBe(401);
    expect((await call('GET', '/healthz')).status).toBe(200);
    expect(await (await call('GET', '/api/info')).json()).toMatchObject({
      demo: false,
      claimed: false,
      signedIn: false,
    });
    expect((await call('GET', '/')).headers.get('content-security-policy')).toMatch(/default-src 'none'/);
  });

  it('is whoever has the code from the log, once, and then the password', async () => {
    const { call, code } = await open();
    const password = 'corridor of lamps';
    expect((await call('POST', '/api/claim', { code: 'WRONGONE', password })).status).toBe(401);
    expect((await call('POST', '/api/claim', { code, password: 'short' })).status).toBe(400);
    const claimed = await call('POST', '/api/claim', { code, password });
    expect(claimed.status).toBe(200);
    expect(claimed.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await call('GET', '/api/people', undefined, cookieOf(claimed))).status).toBe(200);
    expect((await call('POST', '/api/claim', { code, password: 'another password' })).status).toBe(409);

    expect((await call('POST', '/api/session', { password: 'not this one' })).status).toBe(401);
    const session = await call('POST', '/api/session', { password });
    expect((await call('GET', '/api/lights', undefined, cookieOf(session))).status).toBe(200);
    expect((await call('DELETE', '/api/session', undefined, cookieOf(session))).status).toBe(204);
    expect((await call('GET', '/api/lights', undefined, cookieOf(session))).status).toBe(401);
  });

  it('is slowed when it guesses', async () => {
    const { call } = await open();
    const statuses: number[] = [];
    for (let guess = 0; guess < 8; guess++) {
      statuses.push(
        (await call('POST', '/api/claim', { code: `GUESS${guess}`, password: 'corridor of lamps' })).status,
      );
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.at(-1)).toBe(429);
  });

  it('is not kept out by somebody else who guesses', async () => {
    const clock = createFakeClock();
    const sessions = createSessions(openStore(temporaryFolder(ends)), clock);
    const password = 'corridor of lamps';
    expect(await sessions.claim(sessions.claimCode, password, '192.0.2.1')).toHaveProperty('token');
    const guess = (from: string) => sessions.open('a wrong password', from);
    for (let count = 0; count < 5; count++) expect(await guess('192.0.2.66')).toEqual({ refused: 'wrong' });
    expect(await guess('192.0.2.66')).toEqual({ refused: 'slow-down' });
    expect(await sessions.open(password, '192.0.2.66')).toEqual({ refused: 'slow-down' });
    expect(await sessions.open(password, '192.0.2.1')).toHaveProperty('token');
    await clock.advance(10_000);
    expect(await guess('192.0.2.66')).toEqual({ refused: 'wrong' });
    expect(await guess('192.0.2.66')).toEqual({ refused: 'slow-down' });
    // Many addresses are slowed together.
    const all = await Promise.all(Array.from({ length: 60 }, (_, one) => guess(`198.51.100.${one}`)));
    expect(
      all.filter((answer) => 'refused' in answer && answer.refused === 'slow-down').length,
    ).toBeGreaterThan(8);
  }, 60_000);

  it('is sent headers that keep others out, with every answer', async () => {
    const { call } = await open();
    for (const path of [
      '/',
      '/api/info',
      '/api/people',
      '/api/nothing',
      '/none.js',
      '/%E0%A4%A',
      '/metrics',
      '/me/x',
    ]) {
      const { headers } = await call('GET', path);
      expect([path, headers.get('content-security-policy')]).toEqual([
        path,
        expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
      ]);
      expect([path, headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual([
        ...[path, 'nosniff', 'no-referrer'],
      ]);
      if (/^\/(api|metrics|me)/.test(path)) {
        expect([path, headers.get('cache-control')]).toEqual([path, 'no-store']);
      }
    }
  });

  it('can confirm a sign-in by a form: under no-referrer a browser would hide where it comes from', async () => {
    const { headers } = await (await open()).call('GET', '/api/sign-in/back?state=none&code=none');
    expect(headers.get('content-type')).toMatch(/text\/html/);
    expect(headers.get('referrer-policy')).toBe('same-origin');
  });

  it.each([['not json'], ['{}'], ['{"password":5}'], ['[]']])(
    'is told 400 for %s, and nothing breaks',
    async (body) => {
      const { call } = await open();
      const answer = await fetch((await call('GET', '/healthz')).url.replace('/healthz', '/api/session'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toHaveProperty('error');
    },
  );
});
