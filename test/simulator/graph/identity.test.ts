import { decodeJwt } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientId, tenantId, userIds } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock, type FakeClock } from '../../fake-clock.ts';
import { type Answer, createWorld, type World } from './world.ts';

let clock: FakeClock;
let world: World;
beforeEach(async () => {
  clock = createFakeClock();
  world = await createWorld({ clock });
});
afterEach(() => world.close());

const scope = 'openid profile offline_access User.Read';
const redirect_uri = 'http://localhost/back';

async function deviceCode(form: Record<string, string> = {}): Promise<Answer> {
  const body = new URLSearchParams({ client_id: clientId, scope, ...form });
  const url = `${world.graphUrl}/contoso.com/oauth2/v2.0/devicecode`;
  const response = await world.fetch(url, { method: 'POST', body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

function poll(device_code: string): Promise<Answer> {
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  return world.token({ grant_type, client_id: clientId, device_code });
}

function refreshWith(refresh_token: string, more: Record<string, string> = {}): Promise<Answer> {
  return world.token({ grant_type: 'refresh_token', client_id: clientId, refresh_token, ...more });
}

async function authorize(query: Record<string, string>): Promise<Response> {
  const search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri,
    scope,
    ...query,
  });
  return await world.fetch(`${world.graphUrl}/common/oauth2/v2.0/authorize?${search}`);
}

test('OpenID metadata names the real tenant as issuer, whatever alias asked', async () => {
  const url = `${world.graphUrl}/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration`;
  const metadata = await (await world.fetch(url)).json();
  expect(metadata).toMatchObject({
    issuer: `${world.graphUrl}/${tenantId}/v2.0`,
    token_endpoint: `${world.graphUrl}/contoso.onmicrosoft.com/oauth2/v2.0/token`,
    jwks_uri: `${world.graphUrl}/contoso.onmicrosoft.com/discovery/v2.0/keys`,
  });
});

test('instance discovery answers with this host', async () => {
  const response = await world.fetch(`${world.graphUrl}/common/discovery/instance?api-version=1.1`);
  const { host } = new URL(world.graphUrl);
  expect(await response.json()).toMatchObject({ metadata: [{ preferred_network: host, aliases: [host] }] });
});

test('a rotated key is published beside the old one, and both are good', async () => {
  const before = (await world.signIn('User.Read')).body.access_token;
  await world.control('POST', '/keys/rotate');
  const after = (await world.signIn('User.Read')).body.access_token;
  const response = await world.fetch(`${world.graphUrl}/common/discovery/v2.0/keys`);
  expect(((await response.json()) as { keys: unknown[] }).keys).toHaveLength(2);
  for (const token of [before, after]) expect((await world.graph('GET', '/me', token)).status).toBe(200);
});

test('a device code lives 900 s, asks for a poll each 5 s, and is pending until approved', async () => {
  const { body } = await deviceCode();
  expect(body).toMatchObject({
    expires_in: 900,
    interval: 5,
    message: expect.stringContaining(body.user_code),
  });
  expect((await poll(body.device_code)).body).toMatchObject({
    error: 'authorization_pending',
    error_codes: [70016],
  });
  await world.control('POST', '/device/approve', { user_code: body.user_code.toLowerCase(), user: 'bob' });
  await clock.advance(5000);
  const tokens = (await poll(body.device_code)).body;
  expect(decodeJwt(tokens.id_token)).toMatchObject({
    aud: clientId,
    oid: userIds.bob,
    tid: tenantId,
    preferred_username: 'bob@contoso.com',
  });
  expect((await poll(body.device_code)).body.error).toBe('bad_verification_code');
});

test('polling faster than the interval is slow_down, and 5 s more from then on', async () => {
  const { device_code } = (await deviceCode()).body;
  await poll(device_code);
  await clock.advance(1000);
  expect((await poll(device_code)).body.error).toBe('slow_down');
  await clock.advance(5000);
  expect((await poll(device_code)).body.error).toBe('slow_down');
  await clock.advance(15_000);
  expect((await poll(device_code)).body.error).toBe('authorization_pending');
});

test('a declined, an expired and an unknown device code each have their error', async () => {
  const declined = (await deviceCode()).body;
  await world.control('POST', '/device/decline', { user_code: declined.user_code });
  expect((await poll(declined.device_code)).body.error).toBe('authorization_declined');
  const late = (await deviceCode()).body;
  await clock.advance(900_000);
  expect((await poll(late.device_code)).body.error).toBe('expired_token');
  expect((await world.control('POST', '/device/approve', { user_code: late.user_code })).status).toBe(404);
  expect((await poll('nonsense')).body.error).toBe('bad_verification_code');
});

test('the page for device codes approves, and says when a code does not work', async () => {
  const { user_code, device_code, verification_uri } = (await deviceCode()).body;
  expect(await (await world.fetch(verification_uri)).text()).toContain('Alice Ng');
  const enter = async (code: string) => {
    const body = new URLSearchParams({ user_code: code, account: userIds.alice });
    return await (await world.fetch(verification_uri, { method: 'POST', body })).text();
  };
  expect(await enter('WRONG')).toContain('That code didn’t work');
  expect(await enter(user_code)).toContain('You are signed in');
  expect(decodeJwt((await poll(device_code)).body.access_token)['oid']).toBe(userIds.alice);
});

test('with autoApprove a device code is approved at once', async () => {
  const auto = await createWorld({ clock, autoApprove: true });
  const url = `${auto.graphUrl}/contoso.com/oauth2/v2.0/devicecode`;
  const body = new URLSearchParams({ client_id: clientId, scope });
  const { device_code } = (await (await auto.fetch(url, { method: 'POST', body })).json()) as {
    device_code: string;
  };
  const tokens = await auto.token({ grant_type: 'device_code', client_id: clientId, device_code });
  expect(decodeJwt(tokens.body.id_token)['oid']).toBe(userIds.doorlight);
  await auto.close();
});

test('only the scopes that were asked for are granted, with or without the Graph host', async () => {
  const { body } = await world.signIn('openid https://graph.microsoft.com/Presence.Read.All user.read');
  expect(decodeJwt(body.access_token)['scp']).toBe('Presence.Read.All User.Read');
  expect(body.scope).toBe('openid https://graph.microsoft.com/Presence.Read.All user.read');
  expect(body).not.toHaveProperty('refresh_token');
});

test('a scope may carry the stand-in’s own origin, under any of its loopback names', async () => {
  for (const host of [world.graphUrl, world.graphUrl.replace('localhost', '127.0.0.1')]) {
    const { access_token } = (await world.signIn(`${host}/Presence.Read.All`)).body;
    expect(decodeJwt(access_token)['scp']).toBe('Presence.Read.All');
  }
});

test('an unknown scope is invalid_scope AADSTS70011', async () => {
  const { status, body } = await deviceCode({ scope: 'openid Presence.Sing' });
  expect(status).toBe(400);
  expect(body).toMatchObject({ error: 'invalid_scope', error_codes: [70011] });
  expect(body.error_description).toMatch(/^AADSTS70011: .* Trace ID: .* Correlation ID: .* Timestamp: /);
});

test('a client id that is no GUID is AADSTS700016', async () => {
  expect((await deviceCode({ client_id: 'doorlight' })).body.error_codes).toEqual([700016]);
});

test('the consent page asks who signs in, and answers to the redirect URI with the state', async () => {
  const page = await authorize({ state: 'a "state"', login_hint: 'stranger@contoso.com' });
  const html = await page.text();
  expect(html).toContain('Alice Ng');
  expect(html).toContain('a &quot;state&quot;');
  const url = `${world.graphUrl}/common/oauth2/v2.0/authorize`;
  const fields = { client_id: clientId, response_type: 'code', redirect_uri, scope, state: 's' };
  const choose = async (account: string) => {
    const body = new URLSearchParams({ ...fields, account });
    const response = await world.fetch(url, { method: 'POST', body });
    return new URL(response.headers.get('location')!).searchParams;
  };
  expect((await choose(userIds.alice)).get('code')).toBeTruthy();
  const refused = await choose('');
  expect([refused.get('error'), refused.get('state')]).toEqual(['access_denied', 's']);
});

test('a redirect URI that is neither https nor on localhost is shown as AADSTS50011, never followed', async () => {
  const page = await authorize({ redirect_uri: 'http://evil.example/', login_hint: 'bob@contoso.com' });
  expect([page.status, page.headers.get('location')]).toEqual([400, null]);
  expect(await page.text()).toContain('AADSTS50011');
});

test('form_post brings the code in a form', async () => {
  const page = await authorize({ response_mode: 'form_post', login_hint: 'bob@contoso.com' });
  expect(await page.text()).toMatch(
    /<form method="post" action="http:\/\/localhost\/back"><input type="hidden" name="code"/,
  );
});

test('a code is good once, for its client, its redirect URI and its verifier', async () => {
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'; // RFC 7636 appendix B
  const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const pkce = { code_challenge: challenge, code_challenge_method: 'S256', login_hint: 'bob@contoso.com' };
  const page = await authorize(pkce);
  const code = new URL(page.headers.get('location')!).searchParams.get('code')!;
  const good = { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri, code_verifier };
  const numberOf = async (more: object) => (await world.token({ ...good, ...more })).body.error_codes;
  expect(await numberOf({ code: 'nonsense' })).toEqual([9002313]);
  expect(await numberOf({ redirect_uri: 'http://localhost/other' })).toEqual([500112]);
  expect(await numberOf({ code_verifier: 'x'.repeat(43) })).toEqual([501481]);
  expect((await world.token(good)).status).toBe(200);
  expect(await numberOf({})).toEqual([54005]);
});

test('without PKCE a code needs a client secret', async () => {
  const page = await authorize({ login_hint: 'bob@contoso.com' });
  const code = new URL(page.headers.get('location')!).searchParams.get('code')!;
  const form = { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri };
  expect((await world.token(form)).body.error_codes).toEqual([7000218]);
});

test('refresh tokens roll: each use gives a new one, and the old one stays good', async () => {
  const first = (await world.signIn(scope)).body.refresh_token;
  const second = (await refreshWith(first)).body;
  expect(second.refresh_token).not.toBe(first);
  expect((await refreshWith(first)).status).toBe(200);
  expect((await refreshWith(second.refresh_token)).status).toBe(200);
});

test('an unknown refresh token is invalid_grant AADSTS70000 with suberror bad_token', async () => {
  const { status, body } = await refreshWith('nonsense');
  expect(status).toBe(400);
  expect(body).toMatchObject({ error: 'invalid_grant', error_codes: [70000], suberror: 'bad_token' });
});

test('a refresh token dies after 90 days without use', async () => {
  const { refresh_token } = (await world.signIn(scope)).body;
  clock.jump(90 * 86_400_000);
  expect((await refreshWith(refresh_token)).body).toMatchObject({
    error: 'invalid_grant',
    error_codes: [700082],
  });
});

test('a refresh may not widen what was agreed to', async () => {
  const { refresh_token } = (await world.signIn(scope)).body;
  const { body } = await refreshWith(refresh_token, { scope: 'Presence.Read.All' });
  expect(body).toMatchObject({ error: 'invalid_grant', error_codes: [65001], suberror: 'consent_required' });
});

test('what a confidential client was given needs its secret at each refresh', async () => {
  const { refresh_token } = (await world.signIn(scope, { secret: 'secret' })).body;
  expect((await refreshWith(refresh_token)).body).toMatchObject({
    error: 'invalid_client',
    error_codes: [7000218],
  });
  expect((await refreshWith(refresh_token, { client_secret: '' })).status).toBe(401);
  expect((await refreshWith(refresh_token, { client_secret: 'secret' })).status).toBe(200);
});

test('client credentials need a secret and the one scope .default', async () => {
  const form = { grant_type: 'client_credentials', client_id: clientId };
  const good = { client_secret: 'secret', scope: 'https://graph.microsoft.com/.default' };
  expect((await world.token({ ...form, scope: good.scope })).body.error_codes).toEqual([7000218]);
  expect((await world.token({ ...form, ...good, client_secret: '' })).body.error_codes).toEqual([7000215]);
  const wrong = { ...good, scope: 'https://graph.microsoft.com/Presence.Read.All' };
  expect((await world.token({ ...form, ...wrong })).body.error_codes).toEqual([1002012]);
  const { access_token, ...rest } = (await world.token({ ...form, ...good })).body;
  expect(decodeJwt(access_token)).toMatchObject({
    appid: clientId,
    roles: expect.arrayContaining(['Presence.Read.All']),
  });
  expect(decodeJwt(access_token)).not.toHaveProperty('oid');
  expect(rest).not.toHaveProperty('refresh_token');
});

test('another grant type is unsupported_grant_type', async () => {
  expect((await world.token({ grant_type: 'password', client_id: clientId })).body.error).toBe(
    'unsupported_grant_type',
  );
});
