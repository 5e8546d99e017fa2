import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { createGraphWorld, type GraphWorld, type GraphWorldOptions } from './world.ts';

let world: GraphWorld | undefined;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  await world?.stop();
  world = undefined;
  for (const end of ends.splice(0)) await end();
});

const byId = `people: [{ id: alice, user: a11ce000-1111-4a11-8a11-000000000001 }]`;
const account = (name = 'main') => world!.side.accounts.find(name)!;
const start = async (options: GraphWorldOptions) => {
  world = await createGraphWorld(options);
};
const seen = (status: string) => () => world!.status('alice') === status;

/** A key and a certificate on the disk, as an administrator would upload it. */
async function certificate(end = new Date(Date.UTC(2030, 0, 1))): Promise<{ cert: string; key: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-cert-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const made = await generate([{ name: 'commonName', value: 'doorlight' }], {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.UTC(2026, 0, 1)),
    notAfterDate: end,
  });
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.cert, made.cert);
  writeFileSync(files.key, made.private);
  return files;
}

/** Follows the address to the stand-in as a browser of this user; resolves with what comes back in the query. */
async function throughBrowser(url: string, user: string): Promise<Record<string, string>> {
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  const target = new URL(url);
  expect(target.searchParams.get('code_challenge_method')).toBe('S256');
  expect(target.searchParams.get('prompt')).toBe('select_account');
  target.searchParams.set('login_hint', user);
  const answer = await undiciFetch(target, { dispatcher: agent, redirect: 'manual' });
  await agent.close();
  return Object.fromEntries(new URL(answer.headers.get('location')!).searchParams);
}

describe('signing in by device code', () => {
  it('asks for no more than is used', async () => {
    await start({ people: byId });
    await world!.runUntil(seen('available'), 10_000);
    const token = await account().token();
    expect(scopesOf(token)).toEqual(['Presence.Read.All']);
    await world!.stop();
    await start({});
    expect(scopesOf(await account().token()).sort()).toEqual(['Presence.Read.All', 'User.ReadBasic.All']);
  });

  it('refreshes long before the end, and survives a restart', async () => {
    await start({ people: byId, standIn: { accessTokenSeconds: 3_600 } });
    await world!.runUntil(seen('available'), 10_000);
    const first = await account().token();
    await world!.run(31 * 60_000);
    expect(await account().token()).not.toBe(first);
    await world!.crash();
    await world!.runUntil(() => account().state().status === 'ok' && seen('available')(), 10_000);
    expect(world!.lines.filter((line) => line.includes('enter the code'))).toHaveLength(1);
    const file = join(world!.folder, 'microsoft-tokens.json');
    expect(existsSync(file)).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    [50173, 'revoked', /password was changed/],
    [700082, 'expired', /not used for 90 days/],
    [53003, 'conditional-access', /Conditional Access/],
    [50076, 'conditional-access', /second factor/],
    [65001, 'consent', /no consent/],
    [90094, 'admin-approval', /administrator must approve/],
    [50057, 'account', /disabled/],
    [7000218, 'app', /public client flows/],
    [700016, 'app', /not known in this tenant/],
    [7000222, 'secret', /expired/],
  ])('tells AADSTS%i apart as %s, early, and is good again by itself', async (code, kind, words) => {
    await start({ people: byId, standIn: { accessTokenSeconds: 3_600 } });
    await world!.runUntil(seen('available'), 10_000);
    await world!.fault({ fault: 'entra', code });
    // The old token is good for half an hour still: a warning, and presence goes on.
    await world!.runUntil(() => account().state().status === 'expiring', 31 * 60_000, 15_000);
    expect(account().state().trouble).toMatchObject({ kind, code: `AADSTS${code}` });
    expect(world!.status('alice')).toBe('available');
    const said = world!.lines.filter((line) => line.includes(`AADSTS${code}`) && words.test(line));
    expect(said.length).toBeGreaterThanOrEqual(1);
    expect(said.length).toBeLessThanOrEqual(2);
    await world!.runUntil(() => account().state().status === 'needed', 40 * 60_000, 15_000);
    await world!.runUntil(seen('unknown'), 150_000, 5_000);
    expect(world!.side.status().source).toBe('none');
    await world!.mend();
    await world!.runUntil(() => account().state().status === 'ok', 6 * 60_000, 1_000);
    await world!.runUntil(seen('available'), 20_000);
    expect(world!.lines.join('\n')).not.toContain('@');
  });

  it('keeps the code that somebody is typing through a hiccup', async () => {
    await start({ people: byId, signedIn: false, standIn: { autoApprove: false } });
    const code = () => account().state().prompt?.userCode;
    await world!.runUntil(() => code() !== undefined, 60_000, 10);
    const first = code()!;
    await world!.fault({ fault: 'status', status: 503, on: 'token', times: 2 });
    await world!.fault({ fault: 'html', on: 'token', times: 2 });
    await world!.runUntil(
      () => world!.requests.filter((line) => line.includes('/token')).length > 8,
      600_000,
      10,
    );
    expect(code()).toBe(first);
    await world!.control('POST', '/device/approve', { user_code: first });
    await world!.runUntil(() => account().state().status === 'ok', 60_000, 10);
  });
});

it('gives the token that is good while the identity platform hangs', async () => {
  await start({ people: byId, standIn: { accessTokenSeconds: 3_600 } });
  await world!.runUntil(seen('available'), 10_000);
  const first = await account().token();
  await world!.fault({ fault: 'hang', on: 'token' });
  await world!.run(45 * 60_000);
  let given = '';
  void account()
    .token()
    .then((token) => {
      given = token;
    });
  await world!.run(10);
  expect(given).toBe(first);
  await world!.mend();
});

describe('who signed in by device code', () => {
  const user = 'doorlight@contoso.com';
  const offered = () => account().state().prompt?.userCode;
  const approve = async (name: string) => {
    await world!.runUntil(() => offered() !== undefined, 600_000, 10);
    await world!.control('POST', '/device/approve', { user_code: offered(), user: name });
  };

  it('works, and is asked about until somebody confirms it, over a restart too', async () => {
    await start({ people: byId });
    await world!.runUntil(seen('available'), 10_000);
    expect(account().state()).toMatchObject({ status: 'ok', username: user, toConfirm: user });
    await world!.crash();
    await world!.runUntil(() => account().state().username === user, 10_000);
    expect(account().state()).toMatchObject({ status: 'ok', toConfirm: user });
    expect(await account().confirm(true)).toBe(true);
    expect(account().state()).not.toHaveProperty('toConfirm');
    expect(await account().confirm(true)).toBe(false);
    await world!.run(60 * 60_000);
    expect(account().state()).not.toHaveProperty('toConfirm');
    expect(account().state().status).toBe('ok');
  });

  it('and is not wanted, is forgotten, and the next code is on offer', async () => {
    await start({ people: byId, signedIn: false, standIn: { autoApprove: false } });
    await approve('alice');
    await world!.runUntil(() => account().state().status === 'ok', 60_000, 10);
    const before = await account().token();
    expect(await account().confirm(false)).toBe(true);
    expect(account().state()).toEqual({ account: 'main', way: 'device-code', status: 'needed' });
    await approve('doorlight');
    await world!.runUntil(() => account().state().status === 'ok', 60_000, 10);
    expect(account().state().toConfirm).toBe(user);
    expect(await account().token()).not.toBe(before);
  });

  it('and is another than before, is not taken until that is confirmed', async () => {
    await start({ people: byId, signedIn: false, standIn: { autoApprove: false } });
    await approve('doorlight');
    await world!.runUntil(() => account().state().status === 'ok', 60_000, 10);
    await account().confirm(true);
    await world!.fault({ fault: 'revoked', accessTokens: true });
    await approve('alice');
    await world!.runUntil(() => account().state().toConfirm === 'alice@contoso.com', 60_000, 10);
    await world!.run(10 * 60_000);
    expect(account().state()).toMatchObject({ status: 'needed', toConfirm: 'alice@contoso.com' });
    expect(offered()).toBeUndefined();
    expect(await account().confirm(false)).toBe(true);
    await approve('doorlight');
    await world!.runUntil(() => account().state().status === 'ok', 60_000, 10);
    expect(account().state()).toMatchObject({ username: user });
    expect(account().state()).not.toHaveProperty('toConfirm');
  });
});

describe('signing in by browser', () => {
  it.each(['public', 'secret', 'certificate'])(
    'as a %s client: PKCE, then somebody confirms',
    async (client) => {
      const files = client === 'certificate' ? await certificate() : undefined;
      const proof = {
        public: '',
        secret: ', clientSecret: s3cret',
        certificate: `, clientCertificate: { cert: "${files?.cert}", key: "${files?.key}" }`,
      }[client];
      await start({ people: byId, signedIn: false, microsoft: `signIn: browser${proof}` });
      expect(account().state().status).toBe('needed');
      const url = await account().begin('http://localhost:8080/api/sign-in/back');
      const answer = await throughBrowser(url, 'doorlight@contoso.com');
      expect(await world!.side.accounts.finish(answer)).toBe('main');
      expect(account().state()).toMatchObject({ status: 'needed', toConfirm: 'doorlight@contoso.com' });
      await expect(world!.side.accounts.finish(answer)).rejects.toThrow(/not begun here/);
      expect(await account().confirm(true)).toBe(true);
      expect(account().state()).toMatchObject({ status: 'ok', username: 'doorlight@contoso.com' });
      await world!.runUntil(seen('available'), 20_000);
      const first = await account().token();
      await world!.run(60 * 60_000);
      expect(await account().token()).not.toBe(first);
      expect(account().state().status).toBe('ok');
    },
  );

  it('does not take the administrator who is dropped, nor what was not begun here', async () => {
    await start({ people: byId, signedIn: false, microsoft: 'signIn: browser' });
    const url = await account().begin('http://localhost:8080/api/sign-in/back');
    await world!.side.accounts.finish(await throughBrowser(url, 'alice@contoso.com'));
    expect(await account().confirm(false)).toBe(true);
    expect(account().state().toConfirm).toBeUndefined();
    expect(await account().confirm(true)).toBe(false);
    await expect(account().token()).rejects.toThrow(/nobody is signed in/);
    await expect(world!.side.accounts.finish({ state: 'x', code: 'y' })).rejects.toThrow(/not begun here/);
    const declined = await account().begin('http://localhost:8080/api/sign-in/back');
    const state = new URL(declined).searchParams.get('state')!;
    const refusal = { state, error: 'access_denied', error_description: 'AADSTS65004: User declined.' };
    await expect(world!.side.accounts.finish(refusal)).rejects.toThrow(/declined \(AADSTS65004\)/);
  });
});

describe('signing in as an application', () => {
  it.each(['secret', 'certificate'])('with a %s: polling, and nobody has to do anything', async (proof) => {
    const files = proof === 'certificate' ? await certificate() : undefined;
    const yaml = files
      ? `clientCertificate: { cert: "${files.cert}", key: "${files.key}" }`
      : 'clientSecret: s3cret';
    await start({ microsoft: `signIn: app, ${yaml}`, push: true });
    await world!.runUntil(seen('available'), 20_000);
    expect(world!.side.status()).toMatchObject({
      source: 'poll',
      why: expect.stringContaining('signIn is app'),
    });
    expect(account().state()).toMatchObject({ status: 'ok', way: 'app' });
    await world!.run(100 * 60_000);
    expect(world!.status('alice')).toBe('available');
  });

  it('says what is wrong with its secret', async () => {
    await start({ microsoft: 'signIn: app, clientSecret: s3cret', people: byId });
    await world!.fault({ fault: 'entra', code: 7000215, error: 'invalid_client' });
    await world!.runUntil(() => account().state().status !== 'ok', 90 * 60_000, 15_000);
    expect(account().state().trouble?.next).toMatch(/value \(not the id\)/);
  });
});

describe('a sign-in that will end', () => {
  it('is said before a refresh token has gone unused too long', async () => {
    await start({ people: byId });
    await world!.runUntil(seen('available'), 10_000);
    await world!.fault({ fault: 'status', status: 503, on: 'token' });
    // Away from the identity platform for two months, as in a locked-down network.
    for (let day = 0; day < 61; day++) world!.clock.jump(86_400_000);
    await world!.runUntil(() => account().state().status === 'expiring', 90 * 60_000, 15_000);
    expect(account().state().trouble?.means).toMatch(/not used for 6\d days and ends after 90/);
    expect(world!.side.accounts.status()).toBe('expiring');
    expect(world!.lines.filter((line) => /not used for 6\d days/.test(line))).toHaveLength(1);
    await world!.mend();
    await world!.runUntil(() => account().state().status === 'ok', 5 * 60_000);
  });

  it('is said while its certificate has less than a month', async () => {
    const files = await certificate(new Date(Date.UTC(2026, 11, 10)));
    const yaml = `signIn: app, clientCertificate: { cert: "${files.cert}", key: "${files.key}" }`;
    await start({ microsoft: yaml, people: byId, signedIn: false });
    await world!.runUntil(seen('available'), 20_000);
    expect(account().state()).toMatchObject({
      status: 'expiring',
      trouble: { means: 'the certificate ends in 16 days' },
    });
    expect(world!.lines.filter((line) => /certificate ends in 16 days/.test(line))).toHaveLength(1);
  });
});

describe('several accounts', () => {
  it('need a user each: the second sign-in of the same user is refused', async () => {
    await start({
      people: byId,
      signedIn: false,
      microsoft: 'accounts: [main, second]',
      standIn: { autoApprove: false },
    });
    const approve = async (name: string, user: string) => {
      await world!.runUntil(() => account(name).state().prompt !== undefined, 600_000, 10);
      const { userCode } = account(name).state().prompt!;
      await world!.control('POST', '/device/approve', { user_code: userCode, user });
    };
    await approve('main', 'doorlight');
    await world!.runUntil(() => account('main').state().status === 'ok', 60_000, 10);
    await approve('second', 'doorlight');
    await world!.runUntil(
      () => world!.lines.some((line) => /as account main already/.test(line)),
      60_000,
      10,
    );
    expect(account('second').state().status).toBe('needed');
  });
});

function scopesOf(token: string): string[] {
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { scp: string };
  return claims.scp.split(' ');
}
