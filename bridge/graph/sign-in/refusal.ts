/** A token request that came to nothing: what refused it, if anybody did. */
import { AuthError } from '@azure/msal-node';
import type { Trouble } from '../../../protocol/sign-in.ts';
import { reasonOf } from '../../log.ts';
import { IdentityBusy, type IdentityNetwork } from './network.ts';
import { troubleOf, wordsOf } from './trouble.ts';

/** There is no usable sign-in; the state of the account says why, and what to do. */
export class SignInNeeded extends Error {
  readonly trouble: Trouble | undefined;

  constructor(trouble?: Trouble) {
    super(trouble ? wordsOf(trouble) : nobody.means);
    this.trouble = trouble;
  }
}

export const nobody: Trouble = {
  kind: 'expired',
  code: '',
  means: 'nobody is signed in to Microsoft',
  next: 'Sign in.',
};

/** A request that got no usable answer: nobody has to act. */
export function unanswered(failure: unknown): Trouble {
  const reason = reasonOf(failure);
  const means =
    failure instanceof IdentityBusy ? reason : `the identity platform cannot be reached: ${reason}`;
  return { kind: 'busy', code: '', means, next: 'Nothing to do: it is tried again.' };
}

/** What the identity platform, or MSAL by itself, refused with; nothing when there was no answer. */
export function troubleIn(network: IdentityNetwork, error: unknown): Trouble | undefined {
  const refusal = network.lastRefusal();
  if (refusal) return troubleOf(refusal.error, refusal.description);
  if (network.lastFailure() !== undefined || !(error instanceof AuthError)) return undefined;
  return troubleOf(error.errorCode, error.errorMessage);
}
