/** Asking a person to sign in, by device code or by browser, with a question at the end who it was. */
import type {
  AuthenticationResult,
  ConfidentialClientApplication,
  PublicClientApplication,
} from '@azure/msal-node';
import type { Clock } from '../../../protocol/clock.ts';
import type { Log } from '../../log.ts';
import type { AccountState } from './account-state.ts';
import { type BrowserAnswer, createBrowserSignIn } from './browser.ts';
import { createDeviceCodeSignIn } from './device-code.ts';
import type { IdentityNetwork } from './network.ts';
import { nobody, SignInNeeded, troubleIn, unanswered } from './refusal.ts';
import { signInHelps, troubleOf, wordsOf } from './trouble.ts';

export interface Ask {
  /** Offers device codes until one is used; nothing for the other ways. */
  byDeviceCode(): void;
  begin(redirectUri: string): Promise<string>;
  knows(state: string): boolean;
  /** @throws SignInNeeded with what was wrong */
  finish(answer: BrowserAnswer): Promise<void>;
  confirm(take: boolean): Promise<boolean>;
  stop(): void;
}

export function createAsk(options: {
  browserApplication: PublicClientApplication | ConfidentialClientApplication;
  /** Absent where nobody is asked for a device code. */
  deviceApplication: PublicClientApplication | undefined;
  network: IdentityNetwork;
  scopes: string[];
  state: AccountState;
  /** Takes a finished sign-in; false when another is to be asked for. */
  take: (result: AuthenticationResult) => Promise<boolean>;
  /** Whether a code's sign-in must wait until somebody confirms it. */
  mustWait: (result: AuthenticationResult) => boolean;
  drop: (result: AuthenticationResult) => Promise<void>;
  clock: Clock;
  log: Log;
}): Ask {
  const { browserApplication, deviceApplication, network, scopes, state, take, mustWait, drop } = options;
  const { clock, log } = options;
  let waiting: AuthenticationResult | undefined;
  const browser = createBrowserSignIn({ application: browserApplication, scopes, clock });
  const device =
    deviceApplication &&
    createDeviceCodeSignIn({
      application: deviceApplication,
      scopes,
      clock,
      onPrompt(prompt) {
        log.info(
          `Sign in to Microsoft: open ${prompt.verificationUri} and enter the code ${prompt.userCode}`,
        );
        const { trouble, ...rest } = state.now();
        // A code on offer proves that the platform answers again.
        const left = trouble?.kind === 'busy' ? nobody : trouble;
        state.become(left ? { ...rest, trouble: left, prompt } : { ...rest, prompt });
      },
      onResult(result) {
        if (!mustWait(result)) return take(result);
        log.info('Another user than before signed in: say on the page whether this is the account to use.');
        wait(result);
        return Promise.resolve(true);
      },
      onFailure(error) {
        const refused = troubleIn(network, error);
        const trouble = refused ?? unanswered(network.lastFailure() ?? error);
        state.say(`Nobody signed in: ${wordsOf(trouble)}`);
        const { prompt: _, ...rest } = state.now();
        state.become({ ...rest, trouble });
        network.reset();
        return !refused || signInHelps(refused);
      },
    });

  function wait(result: AuthenticationResult): void {
    waiting = result;
    const { prompt: _, ...rest } = state.now();
    state.become({ ...rest, toConfirm: result.account?.username ?? '' });
  }

  return {
    byDeviceCode() {
      if (!waiting) device?.ask();
    },
    begin: (redirectUri) => browser.begin(redirectUri),
    knows: browser.knows,
    async finish(answer) {
      if (answer.error) {
        const trouble = troubleOf(answer.error, answer.error_description ?? '');
        state.become({ ...state.now(), trouble });
        throw new SignInNeeded(trouble);
      }
      network.reset();
      try {
        wait(await browser.redeem(answer));
      } catch (error) {
        const trouble = troubleIn(network, error);
        if (!trouble) throw error;
        state.become({ ...state.now(), trouble });
        throw new SignInNeeded(trouble);
      }
    },
    async confirm(wanted) {
      const result = waiting;
      waiting = undefined;
      if (!result) return false;
      if (wanted) return await take(result);
      await drop(result);
      const { toConfirm: _, ...rest } = state.now();
      state.become(rest);
      return true;
    },
    stop: () => device?.stop(),
  };
}
