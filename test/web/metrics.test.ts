import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Ends, endAll, eventually, plugInLamp, startTenant } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

describe('/metrics', () => {
  it('counts and measures, and names nobody', async () => {
    const { ask, keys, urls, bridge } = await startWeb(
      ends,
      'people: [{ id: alice, user: alice@contoso.com, name: Alice Ng }]\nlights: [{ id: door, kind: espruino, shows: [alice] }]\n',
    );
    plugInLamp(ends, 'door', keys.get('door')!, urls.probePort!);
    await eventually(() => expect(bridge.view.light('door')?.online).toBe(true));
    bridge.view.setPerson('alice', { status: 'busy', for: 'PT1M' });
    await eventually(() =>
      expect(bridge.view.light('door')?.state).toMatchObject({ color: { r: 255, g: 0, b: 0 } }),
    );
    const answer = await ask<string>('GET', '/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.body).toMatch(/^doorlight_lights_online 1$/m);
    expect(Number(/^doorlight_change_to_lamp_seconds_count (\d+)$/m.exec(answer.body)?.[1])).toBeGreaterThan(
      0,
    );
    expect(answer.body).toMatch(/^doorlight_notifications_total\{outcome="malformed"\} 0$/m);
    expect(answer.body).not.toMatch(/alice|Alice|door"/);
    for (const line of answer.body.trim().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) doorlight_\w+ .+|doorlight_\w+(\{[a-z]+="[^"]+"\})? -?[\d.e+-]+)$/,
      );
    }
  });

  it('tells how old presence is, and what it took to keep it coming', async () => {
    const tenant = await startTenant(ends);
    const people = 'people: [{ id: alice, user: alice@contoso.com }]';
    const { ask, urls } = await startWeb(ends, `${tenant.microsoft}\n${people}`, { push: true });
    const value = async (line: string) => {
      const { body } = await ask<string>('GET', '/metrics');
      return Number(
        body
          .split('\n')
          .find((each) => each.startsWith(`${line} `))
          ?.split(' ')
          .at(-1),
      );
    };
    const kept = 'doorlight_subscription_renewals_total{outcome=';
    await vi.waitFor(async () => expect(await value(`${kept}"created"}`)).toBe(1), { timeout: 20_000 });
    expect(await value('doorlight_people_fresh')).toBe(1);
    expect(await value('doorlight_presence_age_seconds_max')).toBeGreaterThanOrEqual(0);
    expect(await value('doorlight_subscription_left_seconds')).toBeGreaterThan(3_000);
    // Graph wants it renewed.
    const [subscription] = (await tenant.control('GET', '/subscriptions')) as {
      id: string;
      clientState: string;
    }[];
    const { id: subscriptionId, clientState } = subscription!;
    const lifecycleEvent = 'reauthorizationRequired';
    await fetch(`${urls.hooks}/graph/lifecycle`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value: [{ subscriptionId, clientState, lifecycleEvent }] }),
    });
    await vi.waitFor(async () => expect(await value(`${kept}"renewed"}`)).toBe(1), { timeout: 20_000 });
    expect(await value(`${kept}"failed"}`)).toBe(0);
  }, 60_000);

  it('is for this machine, and for others with a token', async () => {
    const { ask, page } = await startWeb(ends, '');
    const from = { 'x-forwarded-for': '192.0.2.7' };
    expect((await ask('GET', '/metrics')).status).toBe(200);
    expect((await ask('GET', '/metrics', undefined, from)).status).toBe(401);
    expect((await ask('GET', '/metrics', undefined, { ...from, authorization: 'Bearer no' })).status).toBe(
      401,
    );
    expect((await page('GET', '/metrics', undefined, from)).status).toBe(200);
    const { token } = (
      await page<{ token: string }>('POST', '/api/tokens', { name: 'prometheus', scope: 'read' })
    ).body;
    expect(
      (await ask('GET', '/metrics', undefined, { ...from, authorization: `Bearer ${token}` })).status,
    ).toBe(200);
  });
});
