import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createNotify } from '../../bridge/notify/notify.ts';
import { systemClock } from '../../protocol/clock.ts';
import { type Ends, endAll, eventually } from '../system/kit.ts';
import { startWeb } from '../web/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

async function receiver(statuses: number[]) {
  const posts: { headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    posts.push({ headers: request.headers, body });
    const status = statuses.shift() ?? 204;
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => new Promise((done) => server.close(done)));
  return { posts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

const config = (url: string, more = '') => `
people: [{ id: alice, user: alice@contoso.com, name: Alice Ng, share: busy-free }, { id: bob, user: bob@contoso.com }]
notify: [{ url: "${url}", secret: a-shared-secret, people: [alice]${more} }]
`;

describe('notify', () => {
  it('posts a signed change of what is shared, again when it was not taken', async () => {
    const { posts, url } = await receiver([503]);
    const { bridge, ask } = await startWeb(ends, config(url));
    bridge.view.setPerson('bob', { status: 'busy' });
    bridge.view.setPerson('alice', { status: 'call' });
    await eventually(() => expect(posts).toHaveLength(2));
    const { headers, body } = posts[1]!;
    expect(posts[0]!.body).toBe(body);
    expect(JSON.parse(body)).toMatchObject({
      person: 'alice',
      previous: 'unknown',
      status: 'busy',
      name: 'Alice Ng',
    });
    expect(JSON.parse(body)).not.toHaveProperty('activity');
    const [, at, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['doorlight-signature']))!;
    expect(v1).toBe(createHmac('sha256', 'a-shared-secret').update(`${at}.${body}`).digest('hex'));
    await eventuallyMetric(ask, /^doorlight_notify_total\{outcome="delivered"\} 1$/m);
  });

  it('takes a group, and refuses a name that is nobody', async () => {
    const { url } = await receiver([]);
    const group = 'groups: [{ id: floor2, group: 0f000000-0000-4000-8000-000000000000 }]\n';
    const { change } = await startWeb(
      ends,
      group + config(url).replace('people: [alice]', 'people: [floor2]'),
    );
    const target = { url, secret: 'a-shared-secret', people: ['nobody'] };
    expect(await change([{ path: 'notify', value: [target] }])).toMatchObject({
      status: 400,
      body: { fields: [{ path: 'notify/0/people/0', message: expect.stringContaining('nobody') }] },
    });
  });

  it('tells of the people of a group', async () => {
    const told: unknown[] = [];
    const notify = createNotify({
      clock: systemClock,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      targets: () => [{ url: 'https://a.example', secret: 's', people: ['floor2'], on: [] }],
      membersOf: (id) => (id === 'floor2' ? ['bob'] : undefined),
      fetch: (_, init) => {
        told.push((JSON.parse(String(init?.body)) as { person: string }).person);
        return Promise.resolve(new Response(null, { status: 204 }));
      },
    });
    const person = {
      name: '',
      since: '',
      checkedAt: null,
      fresh: true,
      source: 'push',
      override: null,
    } as const;
    for (const status of ['available', 'call'] as const)
      for (const id of ['alice', 'bob']) notify.saw({ ...person, id, status });
    await eventually(() => expect(told).toEqual(['bob']));
    notify.stop();
  });

  it('goes nowhere else, and counts what nobody takes', async () => {
    const { posts, url } = await receiver([302, 400]);
    const { bridge, ask } = await startWeb(ends, config(url, ', on: [busy]'));
    bridge.view.setPerson('alice', { status: 'busy' });
    bridge.view.setPerson('alice', { status: 'available' });
    bridge.view.setPerson('alice', { status: 'busy' });
    await eventuallyMetric(ask, /^doorlight_notify_total\{outcome="dead"\} 2$/m);
    expect(posts).toHaveLength(2);
  });

  it('tells two automations at one address each with its own secret', async () => {
    const { posts, url } = await receiver([]);
    const one = `{ url: "${url}", secret: first-secret, on: [busy] }`;
    const other = `{ url: "${url}", secret: second-secret, on: [call] }`;
    const { bridge } = await startWeb(
      ends,
      `people: [{ id: alice, user: alice@contoso.com }]\nnotify: [${one}, ${other}]`,
    );
    for (const status of ['busy', 'call']) bridge.view.setPerson('alice', { status });
    await eventually(() => expect(posts).toHaveLength(2));
    for (const { headers, body } of posts) {
      const secret = body.includes('"status":"busy"') ? 'first-secret' : 'second-secret';
      const [, at, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['doorlight-signature']))!;
      expect(v1).toBe(createHmac('sha256', secret).update(`${at}.${body}`).digest('hex'));
    }
  });

  it('keeps its secret from the page, and takes no plain address beyond this machine', async () => {
    const { url } = await receiver([]);
    const { page, change } = await startWeb(ends, config(url));
    expect(JSON.stringify((await page('GET', '/api/config')).body)).not.toContain('a-shared-secret');
    const wrong = await change([{ path: 'notify', value: [{ url: 'http://192.0.2.1/x', secret: 'y' }] }]);
    expect(wrong).toMatchObject({ status: 400, body: { fields: [{ path: 'notify/0/url' }] } });
  });
});

type Ask = Awaited<ReturnType<typeof startWeb>>['ask'];
async function eventuallyMetric(ask: Ask, line: RegExp): Promise<void> {
  const { vi } = await import('vitest');
  await vi.waitFor(async () => expect((await ask<string>('GET', '/metrics')).body).toMatch(line), {
    timeout: 10_000,
  });
}
