/** The accounts that Doorlight signs in with, together: who is good, and what the worst of them is. */
import { type Clock, every } from '../../protocol/clock.ts';
import type { SignInState } from '../../protocol/sign-in.ts';
import type { BrowserAnswer } from './sign-in/browser.ts';
import { SignInNeeded } from './sign-in/refusal.ts';
import type { SignIn } from './sign-in/sign-in.ts';

/** Tokens are looked at so often, whether or not anybody asks for one. */
const lookMs = 30_000;

export interface Accounts {
  start(): void;
  all(): SignIn[];
  states(): SignInState[];
  /** The worst of all. */
  status(): SignInState['status'];
  tenantId(): string | undefined;
  find(account: string): SignIn | undefined;
  /** A browser came back from Microsoft; resolves with the account it signed in for. */
  finish(answer: BrowserAnswer): Promise<string>;
  onChange(listener: (state: SignInState) => void): () => void;
  stop(): void;
}

export function createAccounts(signIns: readonly SignIn[], clock: Clock): Accounts {
  let cancel = () => {};

  function look(): void {
    for (const signIn of signIns) {
      // What is wrong is in its state, and said by it; the network's errors are the readers' to tell.
      signIn.token().catch(() => {});
    }
  }

  return {
    start() {
      look();
      cancel = every(clock, lookMs, look);
    },
    all: () => [...signIns],
    states: () => signIns.map((signIn) => signIn.state()),
    status() {
      const all = signIns.map((signIn) => signIn.state().status);
      return (['needed', 'expiring'] as const).find((status) => all.includes(status)) ?? 'ok';
    },
    tenantId: () => signIns.map((signIn) => signIn.state().tenantId).find((id) => id !== undefined),
    find: (account) => signIns.find((signIn) => signIn.account === account),
    async finish(answer) {
      const signIn = signIns.find((each) => each.knows(answer.state ?? ''));
      if (!signIn) throw new SignInNeeded({ ...unknown });
      await signIn.finish(answer);
      return signIn.account;
    },
    onChange(listener) {
      const removers = signIns.map((signIn) => signIn.onChange(listener));
      return () => {
        for (const remove of removers) remove();
      };
    },
    stop() {
      cancel();
      for (const signIn of signIns) signIn.stop();
    },
  };
}

const unknown = {
  kind: 'expired',
  code: '',
  means: 'this sign-in was not begun here, or too long ago',
  next: 'Begin it again on the page of the bridge.',
} as const;
