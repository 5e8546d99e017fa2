/** `doorlight sign-in`: signing in to Microsoft from the terminal, with or beside a running bridge. */
import { createInterface } from 'node:readline/promises';
import { systemClock } from '../../protocol/clock.ts';
import type { SignInState } from '../../protocol/sign-in.ts';
import { loadConfig } from '../config/load.ts';
import type { Config, MicrosoftConfig } from '../config/schema.ts';
import { environmentOf } from '../config/secrets.ts';
import { SignInNeeded } from '../graph/sign-in/refusal.ts';
import { needsPerson, signInHelps, wordsOf } from '../graph/sign-in/trouble.ts';
import { createSignInSide } from '../graph/sign-in-side.ts';
import { takeLock } from '../lock.ts';
import { createLog } from '../log.ts';
import { openStore, type Store } from '../store.ts';
import { askBridge, until } from './beside-bridge.ts';
import { defaultConfigFile, readArguments, refusePositionals, UsageError } from './options.ts';

export const help = `doorlight sign-in [--account NAME] [--config FILE] [--data DIR] [--json]

Signs in to Microsoft with a device code, and says who is signed in. A running bridge goes on at once.
With signIn: browser it says which page to open; with signIn: app it tries the secret or the certificate.`;

/** The account's state, and how to end it: of the running bridge, or of our own. */
interface Source {
  state(): Promise<SignInState>;
  /** Takes or drops who is to be confirmed. */
  confirm(take: boolean): Promise<unknown>;
  forget(): Promise<unknown>;
  close(): Promise<void>;
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { account: { type: 'string' } });
  if (values.help) {
    console.log(help);
    return 0;
  }
  refusePositionals(positionals);
  const config = loadConfig(values.config ?? defaultConfigFile, environmentOf(values.data));
  const { microsoft } = config;
  if (!microsoft)
    throw new UsageError('The configuration has no microsoft: section: add tenant and clientId there first.');
  const account = values.account ?? microsoft.accounts[0]!;
  if (!microsoft.accounts.includes(account))
    throw new UsageError(`There is no account ${account}: expected one of ${microsoft.accounts.join(', ')}.`);

  const store = openStore(values.data);
  const beside = (await askBridge(store, 'GET', '/sign-in')) !== undefined;
  if (microsoft.signIn === 'browser' && !beside)
    throw new UsageError(
      `This configuration signs in by browser: start the bridge, and open /api/sign-in/${account}/begin on its page.`,
    );
  const source = beside ? ofBridge(store, account) : here(config, microsoft, store, account);
  const say = (text: string, data: object) => console.log(values.json ? JSON.stringify(data) : text);
  try {
    const state = await signedIn(source, say, !values.json);
    say(state.username ? `Signed in as ${state.username}.` : 'The application is signed in.', {
      signedInAs: state.username ?? null,
    });
    return 0;
  } finally {
    await source.close();
  }
}

/** Tells what to do until somebody did it, and asks whether it is the right account. @throws what cannot be mended here */
async function signedIn(
  source: Source,
  say: (text: string, data: object) => void,
  mayAsk: boolean,
): Promise<SignInState> {
  const told = new Set<string>();
  const once = (key: string, text: string, data: object) => {
    if (told.has(key)) return;
    told.add(key);
    say(text, data);
  };
  for (;;) {
    const state = await until(async () => {
      const now = await source.state();
      const { prompt, trouble, status, toConfirm } = now;
      if (status !== 'needed' || (toConfirm && now.way === 'device-code')) return now;
      if (trouble && needsPerson(trouble) && !signInHelps(trouble))
        throw new Error(`Signing in failed: ${wordsOf(trouble)}`);
      // That nobody is signed in yet is no news to who is about to.
      if (trouble && (trouble.code || !needsPerson(trouble)))
        once(trouble.code || trouble.means, `Not signed in: ${wordsOf(trouble)}`, { trouble });
      if (prompt)
        once(prompt.userCode, `Open ${prompt.verificationUri} and enter the code ${prompt.userCode}`, prompt);
      if (now.way === 'browser')
        once('page', `Open the page of the bridge at /api/sign-in/${now.account}/begin`, {
          account: now.account,
        });
      return undefined;
    });
    const { toConfirm = told.size > 0 ? state.username : undefined } = state;
    const asks = mayAsk && Boolean(process.stdin.isTTY && process.stdout.isTTY);
    // A script means whom it signed in, and nobody else.
    if (toConfirm === undefined || (!asks && told.size === 0)) return state;
    const right = asks ? await isRight(toConfirm) : true;
    if (state.toConfirm) await source.confirm(right);
    else if (!right) await source.forget();
    if (right) return { ...state, username: toConfirm };
  }
}

/** Asks at a terminal whether this is the account that Doorlight is to use. */
async function isRight(username: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return !/^n/i.test(await terminal.question(`Signed in as ${username}. Use this account? [Y/n] `));
  } finally {
    terminal.close();
  }
}

function ofBridge(store: Store, account: string): Source {
  return {
    async state() {
      const states = (await askBridge(store, 'GET', '/sign-in')) as SignInState[] | undefined;
      if (!states) throw new Error('The bridge was stopped before anybody signed in.');
      const state = states.find((each) => each.account === account);
      if (!state) throw new Error(`The running bridge has no account ${account}: restart it.`);
      return state;
    },
    confirm: (take) => askBridge(store, 'POST', `/sign-in/${account}/${take ? 'confirm' : 'drop'}`),
    forget: () => askBridge(store, 'DELETE', `/sign-in/${account}`),
    close: () => Promise.resolve(),
  };
}

function here(config: Config, microsoft: MicrosoftConfig, store: Store, account: string): Source {
  const unlock = takeLock(store);
  const quiet = createLog('error', systemClock.now, (line) => console.error(line));
  const { accounts, close } = createSignInSide(config, microsoft, { clock: systemClock, log: quiet, store });
  const signIn = accounts.find(account)!;
  return {
    async state() {
      await signIn.token().catch((error: unknown) => {
        if (!(error instanceof SignInNeeded)) throw error;
      });
      return signIn.state();
    },
    confirm: signIn.confirm,
    forget: signIn.forget,
    async close() {
      accounts.stop();
      await close();
      unlock();
    },
  };
}
