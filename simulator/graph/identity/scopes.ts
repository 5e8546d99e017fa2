import { OAuthError } from './oauth-error.ts';

/** Scopes of OpenID Connect: they shape the answer but are no permissions for Graph. */
export const oidcScopes: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

/** Delegated permissions that the stand-in has. */
export const graphScopes = [
  'Directory.Read.All',
  'Group.Read.All',
  'GroupMember.Read.All',
  'Presence.Read',
  'Presence.Read.All',
  'Presence.ReadWrite',
  'User.Read',
  'User.Read.All',
  'User.ReadBasic.All',
];

export interface AskedScopes {
  /** As asked, which is how `scope` of the answer gives them back. */
  asked: string[];
  /** Without the Graph host, as in the claim `scp`. */
  permissions: string[];
  oidc: Set<string>;
}

const graphHost = /^https:\/\/(graph\.microsoft\.com|graph\.microsoft\.us|dod-graph\.microsoft\.us)\//i;

/**
 * Reads the `scope` parameter of a user's sign-in. A scope may carry the Graph host or `origin` in front; `.default`
 * stands for every permission. Anything unknown is refused as Entra does, with AADSTS70011.
 */
export function readScopes(scope: string | undefined, origin: string): AskedScopes {
  const asked = (scope ?? '').split(/\s+/).filter((word) => word !== '');
  if (asked.length === 0) {
    throw new OAuthError(
      'invalid_request',
      900144,
      "The request body must contain the following parameter: 'scope'.",
    );
  }
  const permissions = new Set<string>();
  const oidc = new Set<string>();
  for (const word of asked) {
    const name = withoutHost(word, origin);
    const known = graphScopes.find((each) => each.toLowerCase() === name.toLowerCase());
    if (oidcScopes.includes(name)) oidc.add(name);
    else if (name === '.default') for (const each of graphScopes) permissions.add(each);
    else if (known) permissions.add(known);
    else {
      const why = `The provided value for the input parameter 'scope' is not valid. The scope ${word} does not exist.`;
      throw new OAuthError('invalid_scope', 70011, why);
    }
  }
  return { asked, permissions: [...permissions], oidc };
}

/** Client credentials take one scope: the resource's `.default` (AADSTS1002012). */
export function checkAppScope(scope: string | undefined, origin: string): void {
  if (scope && scope !== '.default' && withoutHost(scope, origin) === '.default') return;
  throw new OAuthError(
    'invalid_scope',
    1002012,
    `The provided value for scope ${scope ?? ''} is not valid. Client credential flows must have a scope value ` +
      'with /.default suffixed to the resource identifier (application ID URI).',
  );
}

function withoutHost(word: string, origin: string): string {
  // The stand-in is the same Graph under each of its loopback names.
  const own = word.replace(/^https:\/\/(127\.0\.0\.1|\[::1\])(?=[:/])/, 'https://localhost');
  return own.startsWith(`${origin}/`) ? own.slice(origin.length + 1) : word.replace(graphHost, '');
}
