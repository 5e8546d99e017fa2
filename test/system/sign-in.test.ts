import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { anyPorts, ready, doorlight as run } from './demo-process.ts';
import {
  consumer,
  type Ends,
  endAll,
  eventually,
  listen,
  startBridge,
  startTenant,
  temporaryFolder,
} from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const alice = 'people: [{ id: alice, user: alice@contoso.com }]';
type Tenant = Awaited<ReturnType<typeof startTenant>>;
const yamlOf = ({ microsoft }: Tenant, more: string) =>
  `${microsoft.replace(/ }$/, `, ${more} }`)}\n${alice}\n`;

/** What Microsoft's page sends the browser back with. */
async function throughMicrosoft(begin: string, user: string): Promise<URL> {
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  ends.push(() => agent.destroy());
  const first = await fetch(begin, { redirect: 'manual' });
  expect(first.status).toBe(302);
  const page = new URL(first.headers.get('location')!);
  page.searchParams.set('login_hint', user);
  const back = await undiciFetch(page, { dispatcher: agent, redirect: 'manual' });
  return new URL(back.headers.get('location')!);
}

describe('signing in on the page', () => {
  async function open() {
    const tenant = await startTenant(ends, { autoApprove: false });
    const { bridge, urls } = await startBridge(ends, yamlOf(tenant, 'signIn: browser'), { push: true });
    const api = `${urls.web}/api/sign-in`;
    const state = async () =>
      ((await (await fetch(api)).json()) as [{ status: string; toConfirm?: string; username?: string }])[0];
    const post = (what: string) => fetch(`${api}/main/${what}`, { method: 'POST' });
    return { tenant, bridge, api, state, post };
  }

  it('begins at Microsoft, comes back, asks who it is, and is good once that is confirmed', async () => {
    const { bridge, api, state, post } = await open();
    expect(await state()).toMatchObject({ status: 'needed' });
    const back = await throughMicrosoft(`${api}/main/begin`, 'doorlight@contoso.com');
    expect(back.pathname).toBe('/api/sign-in/back');
    const page = await fetch(back);
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-store');
    const text = await page.text();
    expect(text).toContain('doorlight@contoso.com');
    expect(text).toContain('/api/sign-in/main/confirm');
    expect(await state()).toMatchObject({ status: 'needed', toConfirm: 'doorlight@contoso.com' });
    expect((await fetch(back)).status).toBe(400);
    expect((await post('confirm')).status).toBe(204);
    expect(await state()).toMatchObject({ status: 'ok', username: 'doorlight@contoso.com' });
    await eventually(() => expect(bridge.view.person('alice').status).toBe('available'));
    expect((await post('confirm')).status).toBe(409);
    expect((await fetch(`${api}/main`, { method: 'DELETE' })).status).toBe(204);
    expect(await state()).toMatchObject({ status: 'needed' });
  });

  it('drops who is not wanted, and says what was refused', async () => {
    const { api, state, post } = await open();
    await fetch(await throughMicrosoft(`${api}/main/begin`, 'alice@contoso.com'));
    expect((await post('drop')).status).toBe(204);
    expect((await state()).toConfirm).toBeUndefined();
    const begun = await fetch(`${api}/main/begin`, { redirect: 'manual' });
    const asked = new URL(begun.headers.get('location')!).searchParams.get('state')!;
    const refusal = new URLSearchParams({
      state: asked,
      error: 'access_denied',
      error_description: 'AADSTS65004: <b>declined</b>',
    });
    const page = await fetch(`${api}/back?${refusal}`);
    expect(page.status).toBe(400);
    expect(await page.text()).toMatch(/permissions were declined \(AADSTS65004\)\. Sign in again/);
    expect((await fetch(`${api}/nobody/begin`)).status).toBe(404);
  });

  it('is for whoever is signed in to the bridge', async () => {
    const tenant = await startTenant(ends);
    const { urls } = await startBridge(ends, yamlOf(tenant, 'signIn: browser'));
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/main/begin'],
      ['POST', '/main/confirm'],
      ['POST', '/main/drop'],
      ['DELETE', '/main'],
    ] as const) {
      const { status } = await fetch(`${urls.web}/api/sign-in${path}`, { method, redirect: 'manual' });
      expect([401, 403], path).toContain(status);
    }
    // Microsoft sends the browser back without the cookie; the state is what counts there.
    expect((await fetch(`${urls.web}/api/sign-in/back?state=x&code=y`)).status).toBe(400);
  });
});

describe('doorlight sign-in', () => {
  function folderWith(text: string): string {
    const folder = temporaryFolder(ends);
    writeFileSync(join(folder, 'doorlight.yaml'), text);
    return folder;
  }
  const doorlight = (args: string[], folder: string) => run(ends, args, folder);

  it('is for the account that is named, and says which there are', async () => {
    const tenant = await startTenant(ends, { autoApprove: false });
    const folder = folderWith(yamlOf(tenant, 'accounts: [main, second]'));
    const wrong = doorlight(['sign-in', '--account', 'third'], folder);
    expect(await wrong.exit).toBe(2);
    expect(wrong.err()).toBe('There is no account third: expected one of main, second.\n');
    const right = doorlight(['sign-in', '--account', 'second', '--json'], folder);
    const lines = () =>
      right
        .out()
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, string>);
    await eventually(() => expect(lines()[0]).toHaveProperty('userCode'));
    const approval = { user_code: lines()[0]!['userCode'], user: 'bob' };
    await tenant.control('POST', '/device/approve', approval);
    expect(await right.exit, right.err()).toBe(0);
    expect(lines().at(-1)).toEqual({ signedInAs: 'bob@contoso.com' });
  });

  it('tries the secret of an application, and says what is wrong with it', async () => {
    const tenant = await startTenant(ends);
    const folder = folderWith(yamlOf(tenant, 'signIn: app, clientSecret: s3cret'));
    const good = doorlight(['sign-in'], folder);
    expect(await good.exit, good.err()).toBe(0);
    expect(good.out()).toBe('The application is signed in.\n');
    await tenant.control('POST', '/faults', { fault: 'entra', code: 7000222, error: 'invalid_client' });
    const fresh = folderWith(yamlOf(tenant, 'signIn: app, clientSecret: s3cret'));
    const bad = doorlight(['sign-in'], fresh);
    expect(await bad.exit).toBe(1);
    expect(bad.err()).toMatch(
      /^Signing in failed: the client secret has expired \(AADSTS7000222\)\. Make a new one/,
    );
  });

  it.each([
    [
      90094,
      /administrator must approve the application first \(AADSTS90094\)\. Ask an administrator to grant consent/,
    ],
    [700016, /application is not known in this tenant \(AADSTS700016\)\. Check microsoft\.clientId/],
    [7000218, /\(AADSTS7000218\)\. Set "Allow public client flows" to yes/],
  ])('ends where nobody at the terminal can help: AADSTS%i', async (code, words) => {
    const tenant = await startTenant(ends, { autoApprove: false });
    await tenant.control('POST', '/faults', { fault: 'entra', code });
    const failed = doorlight(['sign-in'], folderWith(yamlOf(tenant, 'accounts: [main]')));
    expect(await failed.exit).toBe(1);
    expect(failed.err()).toMatch(words);
    expect(failed.err().trim().split('\n')).toHaveLength(1);
  });

  it.each([
    [53003, /Not signed in: a Conditional Access policy blocks .* \(AADSTS53003\)\. Use signIn: browser/],
    [65001, /Not signed in: the application has no consent .* \(AADSTS65001\)/],
    [50076, /Not signed in: the tenant asks for a second factor \(AADSTS50076\)/],
  ])('says why and goes on offering codes where another try may help: AADSTS%i', async (code, words) => {
    const tenant = await startTenant(ends, { autoApprove: false });
    await tenant.control('POST', '/faults', { fault: 'entra', code });
    const waiting = doorlight(['sign-in'], folderWith(yamlOf(tenant, 'accounts: [main]')));
    await eventually(() => expect(waiting.out()).toMatch(words));
    expect(waiting.child.exitCode).toBeNull();
  });

  it.each([
    ['status', { status: 503 }, /Not signed in: the identity platform answered 503\. Nothing to do/],
    ['html', {}, /Not signed in: the identity platform answered 502\. Nothing to do/],
    ['reset', {}, /Not signed in: the identity platform cannot be reached: .+\. Nothing to do/],
  ])(
    'says that Microsoft does not answer (%s), and offers a code once it does',
    async (fault, more, words) => {
      const tenant = await startTenant(ends, { autoApprove: false });
      await tenant.control('POST', '/faults', { fault, on: 'token', ...more });
      const waiting = doorlight(['sign-in'], folderWith(yamlOf(tenant, 'accounts: [main]')));
      await eventually(() => expect(waiting.out()).toMatch(words));
      expect(waiting.out().trim().split('\n')).toHaveLength(1);
      await tenant.control('DELETE', '/faults');
      await eventually(() => expect(waiting.out()).toMatch(/Open \S+ and enter the code/), 20_000);
    },
  );

  it('names the page of the bridge for a sign-in by browser, and ends when somebody signed in there', async () => {
    const tenant = await startTenant(ends, { autoApprove: false });
    const folder = folderWith(yamlOf(tenant, 'signIn: browser'));
    const alone = doorlight(['sign-in'], folder);
    expect(await alone.exit).toBe(2);
    expect(alone.err()).toMatch(/start the bridge, and open \/api\/sign-in\/main\/begin on its page/);
    await ready(doorlight(['start', ...anyPorts], folder));
    const beside = doorlight(['sign-in'], folder);
    await eventually(() =>
      expect(beside.out()).toMatch(/Open the page of the bridge at \/api\/sign-in\/main\/begin/),
    );
    expect(beside.child.exitCode).toBeNull();
  });
});

describe('a sign-in that was revoked', () => {
  it('is said on bridge/health early, then late, and that it is good again', async () => {
    const tenant = await startTenant(ends, { accessTokenSeconds: 3_600 });
    const clock = createFakeClock(Date.now());
    const text = `${tenant.microsoft}\n${alice}\nmqtt: { ${consumer} }\n`;
    const { urls } = await startBridge(ends, text, { clock });
    const { json } = await listen(ends, urls.mqtt!, 'doorlight/+/+');
    /** Lets the bridge's time pass until that is so. */
    const passing = (stepMs: number, check: () => void) =>
      vi.waitFor(
        async () => {
          await clock.advance(stepMs);
          check();
        },
        { timeout: 30_000, interval: 20 },
      );
    const until = (signIn: string, stepMs: number) =>
      passing(stepMs, () => expect(json('doorlight/bridge/health')['signIn']).toBe(signIn));
    await until('ok', 1_000);
    await passing(1_000, () => expect(json('doorlight/presence/alice')['fresh']).toBe(true));
    await tenant.control('POST', '/faults', { fault: 'entra', code: 50173 });
    await until('expiring', 15_000);
    // The token at hand is good still.
    expect(json('doorlight/presence/alice')['status']).toBe('available');
    await until('needed', 15_000);
    await passing(15_000, () =>
      expect(json('doorlight/presence/alice')).toMatchObject({ status: 'unknown', fresh: false }),
    );
    await tenant.control('DELETE', '/faults');
    await until('ok', 15_000);
  }, 120_000);
});
