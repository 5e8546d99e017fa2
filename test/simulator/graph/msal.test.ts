import {
  ConfidentialClientApplication,
  CryptoProvider,
  type INetworkModule,
  type NetworkRequestOptions,
  type NetworkResponse,
  PublicClientApplication,
} from '@azure/msal-node';
import { AuthenticationHandler, Client } from '@microsoft/microsoft-graph-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientId, tenantId, userIds } from '../../../simulator/graph/stand-in.ts';
import { createWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ deviceInterval: 0.05 });
});
afterAll(() => world.close());

const scopes = ['User.Read', 'Presence.Read.All'];

function networkClient(): INetworkModule {
  async function send<T>(
    method: string,
    url: string,
    options?: NetworkRequestOptions,
  ): Promise<NetworkResponse<T>> {
    const init = {
      method,
      headers: options?.headers ?? {},
      ...(options?.body ? { body: options.body } : {}),
    };
    const response = await world.fetch(url, init);
    return {
      headers: Object.fromEntries(response.headers),
      body: (await response.json()) as T,
      status: response.status,
    };
  }
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}

function config(tenant = 'contoso.onmicrosoft.com') {
  const { host } = new URL(world.graphUrl);
  return {
    auth: { clientId, authority: `${world.graphUrl}/${tenant}`, knownAuthorities: [host] },
    system: { networkClient: networkClient() },
  };
}

test('MSAL signs in by device code, answers silently from its cache, and refreshes', async () => {
  const app = new PublicClientApplication(config());
  const result = await app.acquireTokenByDeviceCode({
    scopes,
    deviceCodeCallback: ({ userCode, verificationUri, interval }) => {
      expect(verificationUri).toContain(world.graphUrl);
      expect(interval).toBe(0.05);
      void world.control('POST', '/device/approve', { user_code: userCode });
    },
  });
  expect(result?.account?.username).toBe('doorlight@contoso.com');
  expect(result?.account?.localAccountId).toBe(userIds.doorlight);
  expect(result?.tenantId).toBe(tenantId);
  const account = result!.account!;
  const cached = await app.acquireTokenSilent({ account, scopes });
  expect(cached.accessToken).toBe(result?.accessToken);
  const fresh = await app.acquireTokenSilent({ account, scopes, forceRefresh: true });
  expect(fresh.accessToken).not.toBe(result?.accessToken);
  expect((await world.graph('GET', '/me', fresh.accessToken)).body.id).toBe(userIds.doorlight);
});

test('MSAL is told that the user declined', async () => {
  const app = new PublicClientApplication(config());
  const asked = app.acquireTokenByDeviceCode({
    scopes,
    deviceCodeCallback: ({ userCode }) =>
      void world.control('POST', '/device/decline', { user_code: userCode }),
  });
  await expect(asked).rejects.toMatchObject({
    errorMessage: expect.stringContaining('authorization_declined'),
  });
});

test('MSAL redeems an authorization code as a confidential client, with PKCE', async () => {
  const base = config(tenantId);
  const app = new ConfidentialClientApplication({ ...base, auth: { ...base.auth, clientSecret: 'secret' } });
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const redirectUri = 'http://localhost:8080/signed-in';
  const url = await app.getAuthCodeUrl({
    scopes,
    redirectUri,
    state: 'a state',
    loginHint: 'bob@contoso.com',
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    responseMode: 'query',
  });
  const back = new URL((await world.fetch(url)).headers.get('location')!);
  expect(back.searchParams.get('state')).toBe('a state');
  const code = back.searchParams.get('code')!;
  const result = await app.acquireTokenByCode({ code, scopes, redirectUri, codeVerifier: verifier });
  expect(result.account?.username).toBe('bob@contoso.com');
  const account = result.account!;
  expect((await app.acquireTokenSilent({ account, scopes, forceRefresh: true })).accessToken).toBeTruthy();
});

test('MSAL gets an app-only token, which reads presence', async () => {
  const base = config();
  const app = new ConfidentialClientApplication({ ...base, auth: { ...base.auth, clientSecret: 'secret' } });
  const result = await app.acquireTokenByClientCredential({
    scopes: ['https://graph.microsoft.com/.default'],
  });
  const read = await world.graph('GET', `/users/${userIds.alice}/presence`, result!.accessToken);
  expect(read.body).toMatchObject({ id: userIds.alice, availability: 'Available' });
});

test('a revoked sign-in is invalid_grant with AADSTS50173 to MSAL', async () => {
  const app = new PublicClientApplication(config());
  const result = await app.acquireTokenByDeviceCode({
    scopes,
    deviceCodeCallback: ({ userCode }) =>
      void world.control('POST', '/device/approve', { user_code: userCode, user: 'carol' }),
  });
  await world.control('POST', '/faults', { fault: 'revoked', user: 'carol' });
  const silent = app.acquireTokenSilent({ account: result!.account!, scopes, forceRefresh: true });
  await expect(silent).rejects.toMatchObject({ errorCode: 'invalid_grant', errorNo: 50173 });
});

test('the Graph client reads through it, with its own host let in by customHosts', async () => {
  const token = await world.appToken();
  const authentication = new AuthenticationHandler({ getAccessToken: () => Promise.resolve(token) });
  authentication.setNext({
    async execute(context) {
      context.response = await world.fetch(String(context.request), context.options as object);
    },
  });
  const client = Client.initWithMiddleware({
    middleware: authentication,
    baseUrl: `${world.graphUrl}/`,
    customHosts: new Set(['localhost']),
  });
  const bulk = await client.api('/communications/getPresencesByUserId').post({ ids: [userIds.bob] });
  expect(bulk.value).toMatchObject([{ id: userIds.bob, availability: 'Busy', activity: 'InAMeeting' }]);
  const missing = client.api('/users/nobody@contoso.com').get();
  await expect(missing).rejects.toMatchObject({ statusCode: 404, code: 'Request_ResourceNotFound' });
});
