import type { Clock } from '../../../protocol/clock.ts';
import type { AuthorizationCodes } from './authorization-codes.ts';
import { clientOf, type Form, mustProveItself, provesItself } from './client.ts';
import type { DeviceCodes } from './device-codes.ts';
import { OAuthError } from './oauth-error.ts';
import { type AskedScopes, checkAppScope, readScopes } from './scopes.ts';
import type { Tokens } from './tokens.ts';

export interface TokenEndpoint {
  clock: Clock;
  tokens: Tokens;
  deviceCodes: DeviceCodes;
  authorizationCodes: AuthorizationCodes;
  origin: () => string;
}

type Answer = Promise<Record<string, unknown>>;

/** RFC 8628's grant type, and the short one that MSAL sends. */
function deviceCode(part: TokenEndpoint, form: Form): Answer {
  const clientId = clientOf(form);
  const { user, scopes } = part.deviceCodes.poll(form['device_code'], clientId);
  return part.tokens.forUser({ clientId, user, scopes, confidential: false }, wantsInfo(form));
}

/** One entry for each `grant_type` of `POST /{tenant}/oauth2/v2.0/token`. */
const grants: Readonly<Record<string, (part: TokenEndpoint, form: Form) => Answer>> = {
  'urn:ietf:params:oauth:grant-type:device_code': deviceCode,
  device_code: deviceCode,

  authorization_code: (part, form) => {
    const clientId = clientOf(form);
    const confidential = provesItself(form, part.clock);
    const { request, user } = part.authorizationCodes.redeem(form['code'], {
      clientId,
      redirectUri: form['redirect_uri'],
      verifier: form['code_verifier'],
    });
    // Without a secret only PKCE ties the code to the client that asked for it.
    if (!confidential && request.challenge === undefined) mustProveItself(form, part.clock);
    const nonce = request.nonce === undefined ? {} : { nonce: request.nonce };
    return part.tokens.forUser(
      { clientId, user, scopes: request.scopes, confidential, ...nonce },
      wantsInfo(form),
    );
  },

  refresh_token: (part, form) => {
    const clientId = clientOf(form);
    const grant = part.tokens.redeem(form['refresh_token'], clientId);
    if (grant.confidential) mustProveItself(form, part.clock);
    const scopes = form['scope'] ? readScopes(form['scope'], part.origin()) : grant.scopes;
    checkConsent(grant.scopes, scopes);
    return part.tokens.forUser({ ...grant, scopes }, wantsInfo(form));
  },

  client_credentials: (part, form) => {
    const clientId = clientOf(form);
    mustProveItself(form, part.clock);
    checkAppScope(form['scope'], part.origin());
    return part.tokens.forApp(clientId);
  },
};

/** Answers a request at the token endpoint; throws OAuthError. */
export async function answerTokenRequest(part: TokenEndpoint, form: Form): Answer {
  const grant = Object.hasOwn(grants, form['grant_type'] ?? '') ? grants[form['grant_type']!] : undefined;
  if (!grant) {
    const why = `The app requested an unsupported grant type '${form['grant_type'] ?? ''}'.`;
    throw new OAuthError('unsupported_grant_type', 70003, why);
  }
  return await grant(part, form);
}

function wantsInfo(form: Form): boolean {
  return form['client_info'] === '1';
}

/** A refresh may not widen what the user agreed to (AADSTS65001). */
function checkConsent(given: AskedScopes, asked: AskedScopes): void {
  const more = asked.permissions.filter((permission) => !given.permissions.includes(permission));
  if (more.length === 0 || asked.asked.some((word) => word.endsWith('.default'))) return;
  const why = `The user or administrator has not consented to use the application with ${more.join(' ')}.`;
  throw new OAuthError('invalid_grant', 65001, why, { suberror: 'consent_required' });
}
