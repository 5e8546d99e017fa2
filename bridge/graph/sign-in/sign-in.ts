/** One account: who is signed in, tokens well before they are needed, and what is wrong when there is none. */
import type { AuthenticationResult } from '@azure/msal-node';
import type { Clock } from '../../../protocol/clock.ts';
import type { SignInState, Trouble } from '../../../protocol/sign-in.ts';
import type { MicrosoftConfig } from '../../config/schema.ts';
import type { Log } from '../../log.ts';
import type { Store } from '../../store.ts';
import type { Cloud } from '../clouds.ts';
import type { Fetch } from '../http.ts';
import { createAccountState, namedLog } from './account-state.ts';
import { createAsk } from './ask.ts';
import { openBinding } from './binding.ts';
import type { BrowserAnswer } from './browser.ts';
import { certificateTrouble, idleTrouble } from './ending.ts';
import { confidentialApplication, hasProof, publicApplication } from './msal.ts';
import { createIdentityNetwork, IdentityBusy } from './network.ts';
import { nobody, SignInNeeded, troubleIn } from './refusal.ts';
import { needsPerson, signInHelps, wordsOf } from './trouble.ts';

/** A subscription lives on the token that was shown last, so it must outlast the 33 minutes to the next renewal. */
const aheadMs = 40 * 60_000;
/** After a refusal that only a person or an administrator can mend, so often it is looked whether they did. */
const recheckMs = 60_000;
/** Between two tokens that Graph refused. */
const refusedMs = 60_000;

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
  /** Graph did not take this token: the next one is new. One that is not `dead` serves until there is a new one. */
  refused(token: string, dead: boolean): void;
  /** The address at Microsoft to send a browser to. */
  begin(redirectUri: string): Promise<string>;
  knows(state: string): boolean;
  /** The browser came back; the account then waits to be confirmed. @throws SignInNeeded with what was wrong */
  finish(answer: BrowserAnswer): Promise<void>;
  /** Takes the account that `toConfirm` names, or drops it. False when nobody is to be confirmed. */
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
  const scopes = options.scopes.map((scope) => `${cloud.graph}/${scope}`);
  const network = createIdentityNetwork(fetch, clock);
  const askNetwork = createIdentityNetwork(fetch, clock);
  const msal = { microsoft, cloud, store, cacheFile: `microsoft-tokens${tag}.json` };
  const confidential = way !== 'device-code' && hasProof(microsoft);
  const make = confidential ? confidentialApplication : publicApplication;
  const application = make({ ...msal, network });
  const log = namedLog(options.log, account);
  const binding = openBinding(store, `microsoft-account${tag}.json`);
  // Signed in before is signed in, until the identity platform says otherwise.
  const state = createAccountState({ account, way, status: binding.home() ? 'ok' : 'needed' }, log);
  const ask = createAsk({
    browserApplication: make({ ...msal, network: askNetwork }),
    deviceApplication:
      way === 'device-code' ? publicApplication({ ...msal, network: askNetwork }) : undefined,
    network: askNetwork,
    scopes,
    state,
    take,
    mustWait: ({ account: found }) => ![undefined, found?.homeAccountId].includes(binding.home()),
    drop,
    clock,
    log,
  });
  let held: Held | undefined;
  let renewing: Promise<string> | undefined;
  let notBefore = Number.NEGATIVE_INFINITY;
  let lastTrouble: Trouble | undefined;
  let lastRefusedAt = Number.NEGATIVE_INFINITY;

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
    if (!usable) return await renewing;
    // An identity platform that hangs must not hold up a read that needs nothing of it; what is wrong is in the state.
    renewing.catch(() => {});
    return usable.token;
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
    const home = binding.home();
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
      renewAt: now + left - Math.min(aheadMs, (left * 2) / 3),
      endsAt: now + left,
      refused: false,
    };
    lastTrouble = undefined;
    notBefore = Number.NEGATIVE_INFINITY;
    state.well();
    if (result.account && !result.fromCache)
      await binding.bind(result.account.homeAccountId, clock.now(), binding.unconfirmed());
    const ending = confidential ? certificateTrouble(microsoft, clock.now()) : undefined;
    if (ending) state.say(`Soon the sign-in ends: ${wordsOf(ending)}`);
    const toConfirm = binding.unconfirmed() ? result.account?.username : state.now().toConfirm;
    state.become({
      account,
      way,
      status: ending ? 'expiring' : 'ok',
      tenantId: result.tenantId || microsoft.tenant,
      ...(result.account ? { username: result.account.username } : {}),
      ...(toConfirm ? { toConfirm } : {}),
      ...(ending ? { trouble: ending } : {}),
    });
  }

  function failed(error: unknown): never {
    const trouble = troubleIn(network, error);
    if (trouble && needsPerson(trouble)) return needed(trouble);
    const cause = network.lastFailure() ?? error;
    if (cause instanceof IdentityBusy && cause.retryAfter !== undefined) {
      notBefore = clock.monotonic() + cause.retryAfter * 1000;
    }
    const idle = idleTrouble(clock.now() - (binding.usedAt() ?? clock.now()));
    if (idle) {
      // Said once: the days go on counting.
      if (state.now().status === 'ok') state.say(`Soon the sign-in ends: ${wordsOf(idle)}`);
      state.become({ ...state.now(), status: 'expiring', trouble: idle });
    }
    throw cause;
  }

  function needed(trouble: Trouble): never {
    lastTrouble = trouble;
    notBefore = clock.monotonic() + recheckMs;
    const works = held && !held.refused && clock.monotonic() < held.endsAt;
    const { prompt, toConfirm } = state.now();
    if (trouble.code || trouble.kind !== 'expired')
      state.say(`The sign-in to Microsoft is not good: ${wordsOf(trouble)}`);
    else if (way === 'browser')
      state.say('Nobody is signed in to Microsoft: sign in on the page of the bridge.');
    state.become({
      ...(works ? state.now() : { account, way }),
      status: works ? 'expiring' : 'needed',
      trouble,
      ...(prompt ? { prompt } : {}),
      ...(toConfirm ? { toConfirm } : {}),
    });
    if (asks && signInHelps(trouble)) ask.byDeviceCode();
    throw new SignInNeeded(trouble);
  }

  /** Binds the account to a finished sign-in; false when another account has this user already. */
  async function take(result: AuthenticationResult): Promise<boolean> {
    const other = takenBy(result.account!.username);
    if (other !== undefined) {
      state.say(`That user signs in as account ${other} already: each account needs a user of its own.`);
      await drop(result);
      return false;
    }
    const { homeAccountId } = result.account!;
    const before = binding.home();
    if (before && before !== homeAccountId) log.warn('Another user than before signed in.');
    // Who only typed a code was not asked yet which account that was.
    const unconfirmed =
      way === 'device-code' && (before === undefined || (before === homeAccountId && binding.unconfirmed()));
    const question = unconfirmed ? ' Say on the page whether this is the account to use.' : '';
    log.info(`Signed in to Microsoft.${question}`);
    state.drop('prompt', 'toConfirm', 'trouble');
    await binding.bind(homeAccountId, clock.now(), unconfirmed);
    await hold(result);
    return true;
  }

  /** Answers the question that a sign-in by code left open; false when none is open. */
  async function settle(wanted: boolean): Promise<boolean> {
    if (!binding.unconfirmed()) return false;
    if (!wanted) {
      await forget();
      return true;
    }
    await binding.bind(binding.home()!, binding.usedAt()!, false);
    const { toConfirm: _, ...rest } = state.now();
    state.become(rest);
    return true;
  }

  async function forget(): Promise<void> {
    held = undefined;
    await binding.release();
    const cache = application.getTokenCache();
    for (const each of await cache.getAllAccounts()) await cache.removeAccount(each);
    notBefore = Number.NEGATIVE_INFINITY;
    state.become({ account, way, status: 'needed' });
  }

  async function drop({ account: unwanted }: AuthenticationResult): Promise<void> {
    if (unwanted) await application.getTokenCache().removeAccount(unwanted);
  }

  return {
    account,
    state: state.now,
    token,
    held: () => held?.token,
    objectId: () => (state.now().status === 'needed' ? undefined : binding.objectId()),
    refused(refusedToken, dead) {
      const now = clock.monotonic();
      if (held?.token !== refusedToken || now - lastRefusedAt < refusedMs) return;
      lastRefusedAt = now;
      held.renewAt = now;
      held.refused = dead;
    },
    begin: ask.begin,
    knows: ask.knows,
    finish: ask.finish,
    confirm: async (wanted) => (await ask.confirm(wanted)) || (await settle(wanted)),
    forget,
    onChange: state.onChange,
    stop() {
      ask.stop();
      state.stop();
    },
  };
}
