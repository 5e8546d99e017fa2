import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../../protocol/clock.ts';
import type { User } from '../directory.ts';
import { OAuthError } from './oauth-error.ts';
import type { AskedScopes } from './scopes.ts';

export interface AuthorizationRequest {
  clientId: string;
  redirectUri: string;
  scopes: AskedScopes;
  /** S256 challenge of PKCE, if the client sent one. */
  challenge: string | undefined;
  nonce: string | undefined;
}

export interface AuthorizationCodes {
  open(request: AuthorizationRequest, user: User): string;
  /** What the code stands for; good once and for ten minutes. Throws `invalid_grant`. */
  redeem(
    code: string | undefined,
    by: { clientId: string; redirectUri: string | undefined; verifier: string | undefined },
  ): { request: AuthorizationRequest; user: User };
}

const lifetimeMs = 600_000;

/** The codes between the authorize and the token endpoint ("authorization code flow"). */
export function createAuthorizationCodes(clock: Clock): AuthorizationCodes {
  const codes = new Map<
    string,
    { request: AuthorizationRequest; user: User; expiresAt: number; used: boolean }
  >();

  return {
    open(request, user) {
      const code = `1.${randomBytes(48).toString('base64url')}`;
      codes.set(code, { request, user, expiresAt: clock.monotonic() + lifetimeMs, used: false });
      return code;
    },
    redeem(code, by) {
      const entry = code === undefined ? undefined : codes.get(code);
      if (!entry || entry.request.clientId !== by.clientId) {
        throw new OAuthError('invalid_grant', 9002313, 'The authorization code is malformed or invalid.');
      }
      if (entry.used) {
        throw new OAuthError('invalid_grant', 54005, 'OAuth2 Authorization code was already redeemed.');
      }
      if (clock.monotonic() >= entry.expiresAt) {
        throw new OAuthError('invalid_grant', 70008, 'The provided authorization code has expired.');
      }
      if (entry.request.redirectUri !== by.redirectUri) {
        const why = 'The redirect_uri does not match the one that was used to ask for the code.';
        throw new OAuthError('invalid_grant', 500112, why);
      }
      if (entry.request.challenge !== undefined && entry.request.challenge !== s256(by.verifier ?? '')) {
        const why =
          'The Code_Verifier does not match the code_challenge supplied in the authorization request.';
        throw new OAuthError('invalid_grant', 501481, why);
      }
      entry.used = true;
      return entry;
    },
  };
}

function s256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
