/** Sign-in by browser: authorization code with PKCE, a confidential client where there is a secret or certificate. */
import {
  type AuthenticationResult,
  type ConfidentialClientApplication,
  CryptoProvider,
  type PublicClientApplication,
} from '@azure/msal-node';
import type { Clock } from '../../../protocol/clock.ts';

/** How long somebody may take at Microsoft's page. */
const pageMs = 15 * 60_000;
const mostOpen = 20;

export interface BrowserAnswer {
  state?: string | undefined;
  code?: string | undefined;
  error?: string | undefined;
  error_description?: string | undefined;
}

export interface BrowserSignIn {
  /** The address at Microsoft to send the browser to; it comes back to `redirectUri`. */
  begin(redirectUri: string): Promise<string>;
  /** Whether an answer with this state belongs to a sign-in that was begun here. */
  knows(state: string): boolean;
  /** Redeems the answer, once. @throws MSAL's errors */
  redeem(answer: BrowserAnswer): Promise<AuthenticationResult>;
}

export function createBrowserSignIn(options: {
  application: PublicClientApplication | ConfidentialClientApplication;
  scopes: string[];
  clock: Clock;
}): BrowserSignIn {
  const { application, scopes, clock } = options;
  const crypto = new CryptoProvider();
  const open = new Map<string, { verifier: string; redirectUri: string; until: number }>();

  function knows(state: string): boolean {
    return (open.get(state)?.until ?? Number.NEGATIVE_INFINITY) > clock.monotonic();
  }

  return {
    async begin(redirectUri) {
      for (const state of open.keys()) if (!knows(state) || open.size >= mostOpen) open.delete(state);
      const { verifier, challenge } = await crypto.generatePkceCodes();
      const state = crypto.createNewGuid();
      open.set(state, { verifier, redirectUri, until: clock.monotonic() + pageMs });
      return await application.getAuthCodeUrl({
        scopes,
        redirectUri,
        state,
        codeChallenge: challenge,
        codeChallengeMethod: 'S256',
        // The administrator who consented before must not be taken without a question.
        prompt: 'select_account',
      });
    },
    knows,
    async redeem({ state = '', code = '' }) {
      const begun = open.get(state);
      if (!begun || !knows(state)) throw new Error('this sign-in was not begun here, or too long ago');
      open.delete(state);
      return await application.acquireTokenByCode({
        scopes,
        code,
        redirectUri: begun.redirectUri,
        codeVerifier: begun.verifier,
      });
    },
  };
}
