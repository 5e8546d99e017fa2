/** Each account's sign-in: tried anew, or as the running bridge has it. */
import type { SignInState } from '../../protocol/sign-in.ts';
import { signInHelps } from '../graph/sign-in/trouble.ts';
import { type Check, type Finding, fault, ok, warning } from './finding.ts';

export const checkSignIn: Check = ({ graph, microsoft }) => {
  const reachable = microsoft?.authority.failure === undefined;
  return graph?.accounts.map((state) => findingOf(state, graph.why, reachable)) ?? [];
};

function findingOf(state: SignInState, why: string, reachable: boolean): Finding {
  const { account, status, trouble, username, toConfirm, way } = state;
  const what = account === 'main' ? 'Sign-in' : `Sign-in of account ${account}`;
  if (trouble) {
    const code = trouble.code ? ` (${trouble.code})` : '';
    const message = `${trouble.means.charAt(0).toUpperCase()}${trouble.means.slice(1)}${code}.`;
    // "Sign in." alone says less than how.
    const next = /^Sign in( again)?\.$/.test(trouble.next) ? '' : `${trouble.next} `;
    const mend = signInHelps(trouble) ? `${next}${howTo(state)}` : trouble.next;
    return status === 'needed' ? fault(what, message, mend) : warning(what, message, mend);
  }
  if (status === 'needed') return fault(what, 'Nobody is signed in to Microsoft.', howTo(state));
  if (!reachable)
    return warning(
      what,
      'It is stored, and could not be tried.',
      'Mend the way to the sign-in service first.',
    );
  if (username === undefined && way !== 'app')
    return fault(what, `It could not be renewed: ${why}.`, 'It is tried again by itself; check the network.');
  const asked = toConfirm === undefined ? '' : ' Say on the page whether this is the account to use.';
  return ok(what, way === 'app' ? 'The application is signed in.' : `Signed in as ${username}.${asked}`);
}

function howTo({ account, way }: SignInState): string {
  if (way === 'browser') return `Open /api/sign-in/${account}/begin on the page of the bridge.`;
  return `Run "doorlight sign-in${account === 'main' ? '' : ` --account ${account}`}".`;
}
