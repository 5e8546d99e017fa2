/** One account: who is signed in, tokens well before they are needed, and what is wrong when there is none. */
import { AuthError, type AuthenticationResult } from '@azure/msal-node';
import type { Clock } from '../../../protocol/clock.ts';
import type { SignInState, Trouble } from '../../../protocol/sign-in.ts';
import type { MicrosoftConfig } from '../../config/schema.ts';
import { type Log, reasonOf } from '../../log.ts';
import type { Store } from '../../store.ts';
import type { Cloud } from '../clouds.ts';
import type { Fetch } from '../http.ts';
import { type BrowserAnswer, createBrowserSignIn } from './browser.ts';
import { createDeviceCodeSignIn } from './device-code.ts';
import { confidentialApplication, hasProof, openCertificate, publicApplication } from './msal.ts';
import { createIdentityNetwork, IdentityBusy } from './network.ts';
import { needsPerson, signInHelps, troubleOf, wordsOf } from './trouble.ts';

/** A subscription lives on the token that was shown last, so it must outlast the half hour to the next renewal. */
const aheadMs = 40 * 60_000;
/** After a refusal that only a person or an administrator can mend, so often it is looked whether they did. */
const recheckMs = 60_000;
/** Between two tokens that Graph refused. */
const refusedMs = 60_000;
const dayMs = 86_400_000;
/** A refresh token ends when it is not used for 90 days (Microsoft Learn, "Refresh tokens"); warned of this early. */
const idleDays = 60;
/** A certificate's end is said this early. */
const certificateDays = 30;

/** There is no usable sign-in; the state of the account says why, and what to do. */
export class SignInNeeded extends Error {
  readonly trouble: Trouble | undefined;

  constructor(trouble?: Trouble) {
    super(trouble ? wordsOf(trouble) : 'nobody is signed in to Microsoft');
    this.trouble = trouble;
  }
}

export interface SignIn {
  account: string;
  state(): SignInState;
  /**
   * An access token good for some minutes at least. Without a sign-in one is asked for, until somebody did it.
   * @throws SignInNeeded, IdentityBusy, or the network's error
   */
  token(): Promise<string>;
  /** The access token that is at hand, good or not; for looking into, not for use. */
  held(): string | undefined;
  /** The object id of who is signed in, in lower case; nothing for an application. */
  objectId(): string | undefined;
  /** Graph did not take this token: the next one is new. */
  refused(token: string): void;
  /** The address at Microsoft to send a browser to. */
  begin(redirectUri: string): Promise<string>;
  knows(state: string): boolean;
  /** The browser came back; the account then waits to be confirmed. @throws SignInNeeded with what was wrong */
  finish(answer: BrowserAnswer): Promise<void>;
  /** Takes the account that waits, or drops it. False when none waits. */
  confirm(take: boolean): Promise<boolean>;
  /** Ends the sign-in on this machine. */
  forget(): Promise<void>;
  /** Calls on each new state; the result removes the listener. */
  onChange(listener: (state: SignInState) => void): () => void;
  stop(): void;
}

interface Held {
  token: string;
  /** Monotonic ms. */
  renewAt: number;
  endsAt: number;
  refused: boolean;
}

interface Bound {
  /** MSAL's id of the account. */
  home: string;
  /** Wall clock, ms: when its refresh token was last used. */
  usedAt: number;
}

/** @throws ConfigError when the certificate cannot be read */
export function createSignIn(options: {
  account: string;
  microsoft: MicrosoftConfig;
  cloud: Cloud;
  scopes: readonly string[];
  store: Store;
  fetch: Fetch;
  clock: Clock;
  log: Log;
  /** The account that this user signs in as already: each needs a user of its own. */
  takenBy?: (username: string) => string | undefined;
  /** Whether somebody is asked to sign in when it is needed; true unless told. */
  asks?: boolean;
}): SignIn {
  const { account, microsoft, cloud, store, fetch, clock, takenBy = () => undefined, asks = true } = options;
  const way = microsoft.signIn;
  const tag = account === 'main' ? '' : `-${account}`;
  const boundFile = `microsoft-account${tag}.json`;
  const scopes = options.scopes.map((scope) => `${cloud.graph}/${scope}`);
  const network = createIdentityNetwork(fetch, clock);
  const askNetwork = createIdentityNetwork(fetch, clock);
  const msal = { microsoft, cloud, store, cacheFile: `microsoft-tokens${tag}.json` };
  const confidential = way !== 'device-code' && hasProof(microsoft);
  const make = confidential ? confidentialApplication : publicApplication;
  const application = make({ ...msal, network });
  const log = named(options.log, account);
  const listeners = new Set<(state: SignInState) => void>();

  // Signed in before is signed in, until the identity platform says otherwise.
  const bound = () => store.read<Bound>(boundFile, ({ home }) => typeof home === 'string');
  let state: SignInState = { account, way, status: bound()?.home ? 'ok' : 'needed' };
  let held: Held | undefined;
  let renewing: Promise<string> | undefined;
  let notBefore = Number.NEGATIVE_INFINITY;
  let lastTrouble: Trouble | undefined;
  let lastRefusedAt = Number.NEGATIVE_INFINITY;
  let waiting: AuthenticationResult | undefined;
  let said = '';

  const browser = createBrowserSignIn({ application: make({ ...msal, network: askNetwork }), scopes, clock });
  const device =
    way === 'device-code'
      ? createDeviceCodeSignIn({
          application: publicApplication({ ...msal, network: askNetwork }),
          scopes,
          clock,
          onPrompt(prompt) {
            log.info(
              `Sign in to Microsoft: open ${prompt.verificationUri} and enter the code ${prompt.userCode}`,
            );
            become({ ...state, prompt });
          },
          onResult: take,
          onFailure(error) {
            const trouble = troubleIn(askNetwork, error);
            say(`Nobody signed in: ${trouble ? wordsOf(trouble) : reasonOf(error)}`);
            const { prompt: _, ...rest } = state;
            become(trouble ? { ...rest, trouble } : rest);
            askNetwork.reset();
            return !trouble || signInHelps(trouble);
          },
        })
      : undefined;

  function become(next: SignInState): void {
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    state = next;
    for (const listener of listeners) listener(state);
  }

  /** The same warning once, however often it is true. */
  function say(text: string): void {
    if (said === text) return;
    said = text;
    log.warn(text);
  }

  async function token(): Promise<string> {
    const now = clock.monotonic();
    const usable = held && !held.refused && now < held.endsAt ? held : undefined;
    if (usable && now < usable.renewAt) return usable.token;
    if (now < notBefore) {
      if (usable) return usable.token;
      throw lastTrouble ? new SignInNeeded(lastTrouble) : new IdentityBusy(429, (notBefore - now) / 1000);
    }
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    try {
      return await renewing;
    } catch (error) {
      if (!usable) throw error;
      return usable.token;
    }
  }

  async function renew(): Promise<string> {
    network.reset();
    try {
      const result = way === 'app' ? await asApplication() : await silently();
      if (!result) return needed(nobody);
      await hold(result);
      return result.accessToken;
    } catch (error) {
      if (error instanceof SignInNeeded) throw error;
      return failed(error);
    }
  }

  function asApplication(): Promise<AuthenticationResult | null> {
    const scope = [`${cloud.graph}/.default`];
    if (!('acquireTokenByClientCredential' in application)) throw new Error('signIn: app needs a secret');
    return application.acquireTokenByClientCredential({ scopes: scope, skipCache: held !== undefined });
  }

  async function silently(): Promise<AuthenticationResult | null> {
    const accounts = await application.getTokenCache().getAllAccounts();
    const home = bound()?.home;
    const known = accounts.find((each) => each.homeAccountId === home) ?? (home ? undefined : accounts[0]);
    if (!known) return null;
    return await application.acquireTokenSilent({
      account: known,
      scopes,
      // MSAL by itself renews only in the last five minutes.
      forceRefresh: held !== undefined,
    });
  }

  async function hold(result: AuthenticationResult): Promise<void> {
    const left = (result.expiresOn?.getTime() ?? 0) - clock.now();
    const now = clock.monotonic();
    held = {
      token: result.accessToken,
      renewAt: now + left - Math.min(aheadMs, left / 2),
      endsAt: now + left,
      refused: false,
    };
    lastTrouble = undefined;
    notBefore = Number.NEGATIVE_INFINITY;
    said = '';
    if (result.account && !result.fromCache) await bind(result.account.homeAccountId);
    const ending = certificateTrouble();
    if (ending) say(`Soon the sign-in ends: ${wordsOf(ending)}`);
    become({
      account,
      way,
      status: ending ? 'expiring' : 'ok',
      tenantId: result.tenantId || microsoft.tenant,
      ...(result.account ? { username: result.account.username } : {}),
      ...(state.toConfirm ? { toConfirm: state.toConfirm } : {}),
      ...(ending ? { trouble: ending } : {}),
    });
  }

  function bind(home: string): Promise<void> {
    return store.write(boundFile, { home, usedAt: clock.now() } satisfies Bound);
  }

  function failed(error: unknown): never {
    const trouble = troubleIn(network, error);
    if (trouble && needsPerson(trouble)) return needed(trouble);
    const cause = network.lastFailure() ?? error;
    if (cause instanceof IdentityBusy && cause.retryAfter !== undefined) {
      notBefore = clock.monotonic() + cause.retryAfter * 1000;
    }
    const days = (clock.now() - (bound()?.usedAt ?? clock.now())) / dayMs;
    if (days > idleDays) {
      become({ ...state, status: 'expiring', trouble: idle(Math.floor(days)) });
    }
    throw cause;
  }

  function needed(trouble: Trouble): never {
    lastTrouble = trouble;
    notBefore = clock.monotonic() + recheckMs;
    const works = held && !held.refused && clock.monotonic() < held.endsAt;
    const { prompt, toConfirm } = state;
    if (trouble.code || trouble.kind !== 'expired')
      say(`The sign-in to Microsoft is not good: ${wordsOf(trouble)}`);
    else if (way === 'browser') say('Nobody is signed in to Microsoft: sign in on the page of the bridge.');
    become({
      ...(works ? state : { account, way }),
      status: works ? 'expiring' : 'needed',
      trouble,
      ...(prompt ? { prompt } : {}),
      ...(toConfirm ? { toConfirm } : {}),
    });
    if (asks && signInHelps(trouble)) device?.ask();
    throw new SignInNeeded(trouble);
  }

  /** Binds the account to a finished sign-in; false when another account has this user already. */
  async function take(result: AuthenticationResult): Promise<boolean> {
    const other = takenBy(result.account!.username);
    if (other !== undefined) {
      say(`That user signs in as account ${other} already: each account needs a user of its own.`);
      await drop(result);
      return false;
    }
    const before = bound()?.home;
    if (before && before !== result.account!.homeAccountId) log.warn('Another user than before signed in.');
    log.info('Signed in to Microsoft.');
    const { prompt: _, toConfirm: __, trouble: ___, ...rest } = state;
    state = rest;
    await hold(result);
    return true;
  }

  async function drop({ account: unwanted }: AuthenticationResult): Promise<void> {
    if (unwanted) await application.getTokenCache().removeAccount(unwanted);
  }

  function certificateTrouble(): Trouble | undefined {
    if (!confidential || !microsoft.clientCertificate) return undefined;
    const end = Date.parse(openCertificate(microsoft.clientCertificate.cert).validTo);
    const days = Math.floor((end - clock.now()) / dayMs);
    if (days >= certificateDays) return undefined;
    return {
      kind: 'secret',
      code: '',
      means: `the certificate ends in ${days} days`,
      next: 'Make a new one, upload it to the app registration, and name it in microsoft.clientCertificate.',
    };
  }

  return {
    account,
    state: () => state,
    token,
    held: () => held?.token,
    // MSAL's id of an account is the object id, a dot, and the tenant.
    objectId: () => (state.status === 'needed' ? undefined : bound()?.home?.split('.')[0]?.toLowerCase()),
    refused(refusedToken) {
      const now = clock.monotonic();
      if (held?.token !== refusedToken || now - lastRefusedAt < refusedMs) return;
      lastRefusedAt = now;
      held.refused = true;
    },
    begin: (redirectUri) => browser.begin(redirectUri),
    knows: browser.knows,
    async finish(answer) {
      if (answer.error) {
        const trouble = troubleOf(answer.error, answer.error_description ?? '');
        become({ ...state, trouble });
        throw new SignInNeeded(trouble);
      }
      askNetwork.reset();
      try {
        waiting = await browser.redeem(answer);
      } catch (error) {
        const trouble = troubleIn(askNetwork, error);
        if (!trouble) throw error;
        become({ ...state, trouble });
        throw new SignInNeeded(trouble);
      }
      become({ ...state, toConfirm: waiting.account?.username ?? '' });
    },
    async confirm(wanted) {
      const result = waiting;
      waiting = undefined;
      if (!result) return false;
      if (wanted) return await take(result);
      await drop(result);
      const { toConfirm: _, ...rest } = state;
      become(rest);
      return true;
    },
    async forget() {
      held = undefined;
      await store.write(boundFile, {});
      const cache = application.getTokenCache();
      for (const each of await cache.getAllAccounts()) await cache.removeAccount(each);
      notBefore = Number.NEGATIVE_INFINITY;
      become({ account, way, status: 'needed' });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      device?.stop();
      listeners.clear();
    },
  };
}

const nobody: Trouble = {
  kind: 'expired',
  code: '',
  means: 'nobody is signed in to Microsoft',
  next: 'Sign in.',
};

const idle = (days: number): Trouble => ({
  kind: 'expired',
  code: '',
  means: `the sign-in was not used for ${days} days and ends after 90`,
  next: "Check this machine's way to the identity platform.",
});

/** What the identity platform, or MSAL by itself, refused with; nothing when there was no answer. */
function troubleIn(network: ReturnType<typeof createIdentityNetwork>, error: unknown): Trouble | undefined {
  const refusal = network.lastRefusal();
  if (refusal) return troubleOf(refusal.error, refusal.description);
  if (network.lastFailure() !== undefined || !(error instanceof AuthError)) return undefined;
  return troubleOf(error.errorCode, error.errorMessage);
}

/** With more than one account, each line says which. */
function named(log: Log, account: string): Log {
  if (account === 'main') return log;
  const at = (level: keyof Log) => (message: string) => log[level](`Account ${account}: ${message}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
