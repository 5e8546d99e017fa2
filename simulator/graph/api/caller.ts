import type { FastifyRequest } from 'fastify';
import { GraphError } from '../graph-error.ts';
import type { Tokens } from '../identity/tokens.ts';
import type { SigningKeys } from '../signing-keys.ts';
import { graphAppId } from '../tenant.ts';

/** Who calls Graph, as the access token says. */
export interface Caller {
  appId: string;
  /** Object id of the signed-in user; absent for an app alone. */
  userId: string | undefined;
  /** Delegated scopes of a user's token, application roles of an app's. */
  permissions: ReadonlySet<string>;
  /** When the token expires, ms since 1970. */
  expiresAt: number;
}

export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

/** Reads and checks the bearer token; throws 401 with Graph's words. */
export function createAuthenticate(keys: SigningKeys, tokens: Tokens): Authenticate {
  return async (request) => {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized('Access token is empty.');
    const claims = await keys.verify(token, graphAppId).catch((error: Error & { code?: string }) => {
      throw unauthorized(refusals[error.code ?? ''] ?? 'Access token validation failure.');
    });
    const userId = typeof claims['oid'] === 'string' ? claims['oid'] : undefined;
    if (userId && tokens.isRevoked(userId, claims.iat ?? 0)) {
      throw unauthorized('Continuous access evaluation resulted in a challenge: the sign-in was revoked.');
    }
    const permissions = userId ? String(claims['scp']).split(' ') : (claims['roles'] as string[]);
    return {
      appId: String(claims['appid']),
      userId,
      permissions: new Set(permissions),
      expiresAt: (claims.exp ?? 0) * 1000,
    };
  };
}

// jose's error codes, in the words that Graph has for them.
const refusals: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'Lifetime validation failed, the token is expired.',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'Signature verification failed.',
  ERR_JWKS_NO_MATCHING_KEY: 'Signature verification failed.',
  ERR_JWS_INVALID: 'IDX14100: JWT is not well formed, there are no dots (.).',
};

function unauthorized(message: string): GraphError {
  return new GraphError(401, 'InvalidAuthenticationToken', message);
}

export interface Permissions {
  /** Any one of these is enough in a user's token. */
  delegated: readonly string[];
  /** Any one of these is enough in an app's token; none at all = apps alone are refused. */
  application: readonly string[];
}

/** The permissions that each kind of call wants, from the permission tables of the API pages. */
export const needs = {
  me: {
    delegated: ['User.Read', 'User.ReadBasic.All', 'User.Read.All', 'Directory.Read.All'],
    application: [],
  },
  users: {
    delegated: ['User.ReadBasic.All', 'User.Read.All', 'Directory.Read.All'],
    application: ['User.ReadBasic.All', 'User.Read.All', 'Directory.Read.All'],
  },
  groups: {
    delegated: ['GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'],
    application: ['GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'],
  },
  ownPresence: { delegated: ['Presence.Read', 'Presence.ReadWrite', 'Presence.Read.All'], application: [] },
  presence: {
    delegated: ['Presence.Read.All'],
    application: ['Presence.Read.All', 'Presence.ReadWrite.All'],
  },
  presenceWrite: { delegated: ['Presence.ReadWrite'], application: ['Presence.ReadWrite.All'] },
  presenceSubscription: { delegated: ['Presence.Read.All'], application: [] },
} as const satisfies Record<string, Permissions>;

export function may(caller: Caller, permissions: Permissions): boolean {
  const list = caller.userId ? permissions.delegated : permissions.application;
  return list.some((each) => caller.permissions.has(each));
}

/** Throws 403 unless the caller has one of the permissions. */
export function demand(caller: Caller, permissions: Permissions): void {
  if (may(caller, permissions)) return;
  throw new GraphError(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
  );
}
