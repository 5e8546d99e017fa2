import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../../protocol/clock.ts';
import type { User } from '../directory.ts';
import type { SigningKeys } from '../signing-keys.ts';
import { graphAppId, tenantId } from '../tenant.ts';
import { OAuthError } from './oauth-error.ts';
import type { AskedScopes } from './scopes.ts';

/** A user's consent to one app, from which tokens are made. */
export interface Grant {
  clientId: string;
  user: User;
  scopes: AskedScopes;
  /** Whether the client proved itself with a secret or an assertion; it has to again at each refresh. */
  confidential: boolean;
  nonce?: string;
}

export interface TokenOptions {
  clock: Clock;
  random: () => number;
  keys: SigningKeys;
  /** The stand-in's own https origin. */
  origin: () => string;
  /** Seconds that an access token lives; by default 60 to 90 minutes at random, as Entra does. */
  accessTokenSeconds?: number;
  /** Roles that app-only tokens carry. */
  appRoles: readonly string[];
}

export interface Tokens {
  /** The token endpoint's answer for a user. `clientInfo` is what MSAL asks for with `client_info=1`. */
  forUser(grant: Grant, clientInfo: boolean): Promise<Record<string, unknown>>;
  /** The token endpoint's answer for an app alone. */
  forApp(clientId: string): Promise<Record<string, unknown>>;
  /** The grant behind a refresh token; throws `invalid_grant` with Entra's number. */
  redeem(refreshToken: string | undefined, clientId: string): Grant;
  /** Ends every refresh token of the user; with `accessTokens` those too. */
  revoke(userId: string, accessTokens: boolean): void;
  /** Whether an access token of this user, issued at `iat` (seconds), was revoked. */
  isRevoked(userId: string, iat: number): boolean;
}

// "Refresh tokens in the Microsoft identity platform": 90 days for all but single-page apps.
const refreshDays = 90;

/** Makes and remembers tokens. Refresh tokens roll: each use gives a new one and leaves the old one good. */
export function createTokens(options: TokenOptions): Tokens {
  const { clock, keys } = options;
  const refreshTokens = new Map<string, { grant: Grant; expiresAt: number; revoked: boolean }>();
  const revokedBefore = new Map<string, number>();

  const lifetime = () => options.accessTokenSeconds ?? Math.floor(3600 + options.random() * 1800);

  function accessToken(claims: Record<string, unknown>, seconds: number): Promise<string> {
    const common = {
      aud: graphAppId,
      iss: `https://sts.windows.net/${tenantId}/`,
      tid: tenantId,
      ver: '1.0',
    };
    return keys.sign({ ...common, uti: randomUUID(), ...claims }, seconds);
  }

  function idToken(grant: Grant): Promise<string> {
    const { user } = grant;
    return keys.sign(
      {
        aud: grant.clientId,
        iss: `${options.origin()}/${tenantId}/v2.0`,
        oid: user.id,
        sub: user.id,
        tid: tenantId,
        name: user.displayName,
        preferred_username: user.userPrincipalName,
        ver: '2.0',
        ...(grant.nonce ? { nonce: grant.nonce } : {}),
      },
      3600,
    );
  }

  function refreshToken(grant: Grant): string {
    const token = `1.${randomBytes(48).toString('base64url')}`;
    refreshTokens.set(token, { grant, expiresAt: clock.now() + refreshDays * 86_400_000, revoked: false });
    return token;
  }

  return {
    async forUser(grant, clientInfo) {
      const { user, scopes } = grant;
      const seconds = lifetime();
      const claims = {
        appid: grant.clientId,
        idtyp: 'user',
        oid: user.id,
        upn: user.userPrincipalName,
        scp: scopes.permissions.join(' '),
      };
      const info = JSON.stringify({ uid: user.id, utid: tenantId });
      return {
        token_type: 'Bearer',
        scope: scopes.asked.join(' '),
        expires_in: seconds,
        ext_expires_in: seconds,
        access_token: await accessToken(claims, seconds),
        ...(scopes.oidc.has('offline_access') ? { refresh_token: refreshToken(grant) } : {}),
        ...(scopes.oidc.has('openid') ? { id_token: await idToken(grant) } : {}),
        ...(clientInfo ? { client_info: Buffer.from(info).toString('base64url') } : {}),
      };
    },
    async forApp(clientId) {
      const seconds = lifetime();
      const claims = { appid: clientId, idtyp: 'app', roles: options.appRoles };
      const token = await accessToken(claims, seconds);
      return { token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, access_token: token };
    },
    redeem(token, clientId) {
      const entry = token === undefined ? undefined : refreshTokens.get(token);
      if (!entry || entry.grant.clientId !== clientId) {
        const why = 'The provided value for the refresh token is not valid.';
        throw new OAuthError('invalid_grant', 70000, why, { suberror: 'bad_token' });
      }
      if (entry.revoked) {
        const why = 'The provided grant has expired due to it being revoked, a fresh auth token is needed.';
        throw new OAuthError('invalid_grant', 50173, why);
      }
      if (entry.expiresAt <= clock.now()) {
        const why = 'The refresh token has expired due to inactivity.';
        throw new OAuthError('invalid_grant', 700082, why);
      }
      return entry.grant;
    },
    revoke(userId, accessTokens) {
      for (const entry of refreshTokens.values()) if (entry.grant.user.id === userId) entry.revoked = true;
      if (accessTokens) revokedBefore.set(userId, clock.now());
    },
    isRevoked(userId, iat) {
      // `iat` is in whole seconds, so one made in the very second of the revocation counts as older.
      return iat * 1000 <= (revokedBefore.get(userId) ?? Number.NEGATIVE_INFINITY);
    },
  };
}
