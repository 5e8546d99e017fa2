/** `doorlight sign-in`: the device code in the terminal, with or beside a running bridge. */
import { systemClock } from '../../protocol/clock.ts';
import { loadConfig } from '../config/load.ts';
import type { Config, MicrosoftConfig } from '../config/schema.ts';
import { createSignInSide } from '../graph/graph-side.ts';
import { SignInNeeded, type SignInState } from '../graph/sign-in.ts';
import { takeLock } from '../lock.ts';
import { createLog } from '../log.ts';
import { openStore, type Store } from '../store.ts';
import { askBridge, until } from './beside-bridge.ts';
import { defaultConfigFile, readArguments, refusePositionals, UsageError } from './options.ts';

export const help = `doorlight sign-in [--config FILE] [--data DIR] [--json]

Signs in to Microsoft with a device code, and says who is signed in. A running bridge goes on at once.`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {});
  if (values.help) {
    console.log(help);
    return 0;
  }
  refusePositionals(positionals);
  const config = loadConfig(values.config ?? defaultConfigFile);
  const { microsoft } = config;
  if (!microsoft)
    throw new UsageError('The configuration has no microsoft: section: add tenant and clientId there first.');
  const store = openStore(values.data);

  let told = '';
  function tell(state: SignInState): void {
    const { prompt } = state;
    if (!prompt || prompt.userCode === told) return;
    told = prompt.userCode;
    console.log(
      values.json
        ? JSON.stringify(prompt)
        : `Open ${prompt.verificationUri} and enter the code ${prompt.userCode}`,
    );
  }

  const beside = (await askBridge(store, 'GET', '/sign-in')) !== undefined;
  const state = beside ? await waitForBridge(store, tell) : await signInHere(config, microsoft, store, tell);
  console.log(
    values.json ? JSON.stringify({ signedInAs: state.username }) : `Signed in as ${state.username}.`,
  );
  return 0;
}

function waitForBridge(store: Store, tell: (state: SignInState) => void): Promise<SignInState> {
  return until(async () => {
    const state = (await askBridge(store, 'GET', '/sign-in')) as SignInState | undefined;
    if (!state) throw new Error('The bridge was stopped before anybody signed in.');
    tell(state);
    return state.status === 'ok' ? state : undefined;
  });
}

async function signInHere(
  config: Config,
  microsoft: MicrosoftConfig,
  store: Store,
  tell: (state: SignInState) => void,
): Promise<SignInState> {
  const unlock = takeLock(store);
  const quiet = createLog('error', systemClock.now, (line) => console.error(line));
  const { signIn, close } = createSignInSide(config, microsoft, { clock: systemClock, log: quiet, store });
  try {
    signIn.onChange(tell);
    await signIn.token().catch((error: unknown) => {
      if (!(error instanceof SignInNeeded)) throw error;
    });
    return await until(() => Promise.resolve(signIn.state().status === 'ok' ? signIn.state() : undefined));
  } finally {
    signIn.stop();
    await close();
    unlock();
  }
}
