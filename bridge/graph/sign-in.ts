/**
 * Signing in to Microsoft by device code, and the tokens from then on. MSAL is behind this file: its next major
 * drops device code.
 */
import {
  AuthError,
  type DeviceCodeRequest,
  type INetworkModule,
  InteractionRequiredAuthError,
  type NetworkRequestOptions,
  PublicClientApplication,
} from '@azure/msal-node';
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { MicrosoftConfig } from '../config/schema.ts';
import { type Log, reasonOf } from '../log.ts';
import type { Store } from '../store.ts';
import type { Cloud } from './clouds.ts';
import type { Fetch } from './http.ts';

const cacheFile = 'microsoft-tokens.json';
/** Between two device codes that came to nothing. */
const retryMs = 10_000;

/** What a person must do to sign in: open the page, enter the code. */
export interface DevicePrompt {
  userCode: string;
  verificationUri: string;
  /** ISO-8601 */
  expiresAt: string;
}

export interface SignInState {
  status: 'ok' | 'needed';
  /** Who is signed in, for the person who did it; never in logs or topics. */
  username?: string;
  tenantId?: string;
  prompt?: DevicePrompt;
}

/** There is no usable sign-in; `state().prompt` says how to get one. */
export class SignInNeeded extends Error {
  constructor() {
    super('nobody is signed in to Microsoft');
  }
}

export interface SignIn {
  state(): SignInState;
  /**
   * An access token good for some minutes at least. Without a sign-in a device code is asked for, again and again
   * until somebody used it.
   * @throws SignInNeeded, or the network's error
   */
  token(renew?: boolean): Promise<string>;
  /** Calls on each new state; the result removes the listener. */
  onChange(listener: (state: SignInState) => void): () => void;
  stop(): void;
}

export function createSignIn(options: {
  microsoft: MicrosoftConfig;
  cloud: Cloud;
  scopes: readonly string[];
  store: Store;
  fetch: Fetch;
  clock: Clock;
  log: Log;
}): SignIn {
  const { microsoft, cloud, store, clock, log } = options;
  const scopes = options.scopes.map((scope) => `${cloud.graph}/${scope}`);
  const listeners = new Set<(state: SignInState) => void>();
  const stopping = new AbortController();
  let state: SignInState = { status: 'needed' };
  let asking: DeviceCodeRequest | undefined;

  const client = new PublicClientApplication({
    auth: {
      clientId: microsoft.clientId,
      authority: `${cloud.authority}/${microsoft.tenant}`,
      knownAuthorities: [new URL(cloud.authority).host],
    },
    cache: {
      cachePlugin: {
        // biome-ignore lint/suspicious/useAwait: MSAL's interface asks for promises
        async beforeCacheAccess(context) {
          context.tokenCache.deserialize(store.readText(cacheFile) ?? '');
        },
        async afterCacheAccess(context) {
          if (context.cacheHasChanged) await store.writeText(cacheFile, context.tokenCache.serialize());
        },
      },
    },
    system: { networkClient: networkClient(options.fetch) },
  });

  function become(next: SignInState): void {
    state = next;
    for (const listener of listeners) listener(state);
  }

  async function token(renew = false): Promise<string> {
    const account = (await client.getAllAccounts())[0];
    if (!account) return needed();
    try {
      const result = await client.acquireTokenSilent({ account, scopes, forceRefresh: renew });
      if (state.status !== 'ok') {
        become({ status: 'ok', username: account.username, tenantId: account.tenantId });
      }
      return result.accessToken;
    } catch (error) {
      if (isDead(error)) return needed(error);
      throw error;
    }
  }

  function needed(error?: unknown): never {
    if (state.status === 'ok') {
      log.warn(`The sign-in to Microsoft is no longer good (${reasonOf(error)}): sign in again.`);
      become({ status: 'needed' });
    }
    if (!asking) void ask();
    throw new SignInNeeded();
  }

  /** Keeps one device code on offer until somebody used it. */
  async function ask(): Promise<void> {
    while (!stopping.signal.aborted && !(await askOnce())) await sleep(clock, retryMs, stopping.signal);
    asking = undefined;
  }

  async function askOnce(): Promise<boolean> {
    const request: DeviceCodeRequest = {
      scopes,
      deviceCodeCallback(code: { userCode: string; verificationUri: string; expiresIn: number }) {
        const expiresAt = new Date(clock.now() + code.expiresIn * 1000).toISOString();
        log.info(`Sign in to Microsoft: open ${code.verificationUri} and enter the code ${code.userCode}`);
        become({
          status: 'needed',
          prompt: { userCode: code.userCode, verificationUri: code.verificationUri, expiresAt },
        });
      },
    };
    asking = request;
    try {
      const result = await client.acquireTokenByDeviceCode(request);
      if (!result?.account) return false;
      log.info('Signed in to Microsoft.');
      become({ status: 'ok', username: result.account.username, tenantId: result.account.tenantId });
      return true;
    } catch (error) {
      if (!stopping.signal.aborted) log.warn(`Nobody signed in: ${reasonOf(error)}. Asking again.`);
      return false;
    }
  }

  return {
    state: () => state,
    token,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      stopping.abort();
      if (asking) asking.cancel = true;
      listeners.clear();
    },
  };
}

/** Whether only a person can help: MSAL throws `invalid_grant` without a known suberror as a plain ServerError. */
function isDead(error: unknown): boolean {
  return (
    error instanceof InteractionRequiredAuthError ||
    (error instanceof AuthError && ['invalid_grant', 'no_tokens_found'].includes(error.errorCode))
  );
}

function networkClient(fetch: Fetch): INetworkModule {
  async function send<T>(method: string, url: string, options?: NetworkRequestOptions) {
    const init = {
      method,
      headers: options?.headers ?? {},
      ...(options?.body ? { body: options.body } : {}),
    };
    const response = await fetch(url, init);
    const text = await response.text();
    return {
      headers: Object.fromEntries(response.headers),
      status: response.status,
      body: parsed(text) as T,
    };
  }
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {
      error: 'not_json',
      error_description: 'the identity platform answered with something else than JSON',
    };
  }
}
