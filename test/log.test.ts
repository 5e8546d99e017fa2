import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../bridge/log.ts';
import { consumer, type Ends, endAll, eventually, startTenant } from './system/kit.ts';
import { password, startWeb } from './web/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

describe('the log', () => {
  it('is one JSON object a line where a collector reads it', () => {
    const lines: string[] = [];
    const log = createLog(
      'info',
      () => 0,
      (line) => lines.push(line),
      'json',
    );
    log.debug('not asked for');
    log.warn('Two\nlines, and "quotes".');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'warn',
      message: 'Two\nlines, and "quotes".',
    });
    expect(lines[0]).not.toContain('\n');
  });

  it.each([
    ['alice.ng+x@contoso.com is gone', '<address> is gone'],
    ['Bearer abcdefgh12345678 refused', 'Bearer <token> refused'],
    ['eyJ0eXAiOiJKV1Qi.eyJhdWQiOiI.c2ln is old', '<token> is old'],
    ['key 0123456789abcdef0123456789abcdef', 'key <token>'],
    ['GET /me/Zm9vYmFyMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY', 'GET /me/<token>'],
    ['light door-204 at 192.168.1.20', 'light door-204 at 192.168.1.20'],
    [
      'subscription 0f8fad5b-d9cb-469f-a165-70867728950e',
      'subscription 0f8fad5b-d9cb-469f-a165-70867728950e',
    ],
  ])('strikes out what looks like a secret: %s', (said, written) => {
    for (const format of ['text', 'json'] as const) {
      const lines: string[] = [];
      createLog(
        'info',
        () => 0,
        (line) => lines.push(line),
        format,
      ).error(said);
      expect(lines[0]).toContain(written);
    }
  });

  it.each(['x', 'eyJ-', 'a.'])('quotes nobody at length, and takes no time over %s', (part) => {
    const lines: string[] = [];
    const log = createLog(
      'info',
      () => 0,
      (line) => lines.push(line),
    );
    const began = performance.now();
    log.warn(part.repeat(1_000_000));
    // Half an hour and more, when each were looked at from each.
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(lines[0]!.length).toBeLessThan(1_100);
  });

  it('of a whole bridge, at its most talkative, holds no token, password or address', async () => {
    const tenant = await startTenant(ends);
    // What the callers say, before the second net.
    const said: string[] = [];
    const say = (message: string) => void said.push(message);
    const log = { debug: say, info: say, warn: say, error: say };
    const { page, ask, change, cookie, urls, keys, bridge } = await startWeb(
      ends,
      `${tenant.microsoft}
people: [{ id: alice, user: alice@contoso.com }, { id: gone, user: nobody.here@contoso.com }]
lights: [{ id: door, kind: espruino, shows: [alice] }]
notify: [{ url: "http://127.0.0.1:9/hook", secret: a-notify-secret }]
mqtt: { ${consumer} }`,
      { log, push: false, claimFrom: () => said.join('\n') },
    );
    await eventually(() => expect(bridge.view.health().signIn).toBe('ok'));
    const made: string[] = [];
    for (const [path, body] of [
      ['/api/tokens', { name: 'script', scope: 'admin' }],
      ['/api/links', { kind: 'person', person: 'alice' }],
      ['/api/links', { kind: 'board' }],
    ] as const) {
      const minted = (await page<{ token?: string; path?: string }>('POST', path, body)).body;
      made.push(minted.token ?? minted.path!.split('/').at(-1)!);
    }
    for (const token of made) {
      await ask('GET', '/api/people', undefined, { authorization: `Bearer ${token}` });
      await ask('GET', `/me/${token}`);
      await ask('GET', `/api/nothing?token=${token}`);
    }
    await ask('POST', '/api/session', { password: 'a wrong password' });
    await ask('GET', '/api/sign-in/back?state=a-state-secret&code=a-code-secret');
    await change([{ path: 'microsoft/clientSecret', value: 'a-client-secret' }]);
    await change([{ path: 'mqtt/users/eve', value: { access: 'read', password: 'eve-has-a-password' } }]);
    const { default: mqtt } = await import('mqtt');
    for (const given of ['a-wrong-mqtt-password', 'test-password']) {
      const client = mqtt.connect(urls.mqtt!, { username: 'test', password: given, reconnectPeriod: 0 });
      client.on('error', () => {});
      await new Promise<void>((done) => client.once('connect', () => done()).once('close', () => done()));
      await client.endAsync(true);
    }
    bridge.view.setPerson('alice', { status: 'busy', for: 'PT1M' });
    bridge.view.setPerson('alice', { status: 'call', for: 'PT1M' });
    await tenant.control('POST', '/faults', { fault: 'entra', code: 50173 });
    await vi.waitFor(() => expect(said.some((line) => /gone/.test(line))).toBe(true), { timeout: 10_000 });
    await endAll(ends);
    const all = said.join('\n');
    expect(said.length).toBeGreaterThan(3);
    for (const secret of [
      ...[...made, password, cookie.split('=')[1]!, keys.get('door')!, 'a wrong password', 'a-notify-secret'],
      ...['a-state-secret', 'a-code-secret', 'a-client-secret', 'eve-has-a-password', 'test-password'],
      ...['a-wrong-mqtt-password', '@contoso.com', 'eyJ'],
    ]) {
      expect(all).not.toContain(secret);
    }
  }, 40_000);
});
