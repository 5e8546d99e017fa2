import { decodeJwt } from 'jose';
import type { Clock } from '../../../protocol/clock.ts';
import { isGuid, unknownClient } from '../tenant.ts';
import { OAuthError } from './oauth-error.ts';

export type Form = Readonly<Record<string, string | undefined>>;

/** The client id of a form or query; any GUID but one is a registered app, anything else AADSTS700016. */
export function clientOf(form: Form): string {
  const id = form['client_id'];
  if (!id) {
    const why = "The request body must contain the following parameter: 'client_id'.";
    throw new OAuthError('invalid_request', 900144, why);
  }
  if (!isGuid(id) || id === unknownClient) {
    const why = `Application with identifier '${id}' was not found in the directory.`;
    throw new OAuthError('unauthorized_client', 700016, why);
  }
  return id.toLowerCase();
}

/**
 * Whether the client proved itself: any secret that is not empty, or an assertion that names it and is in
 * date, is taken. A proof that was sent but is no good throws `invalid_client`.
 */
export function provesItself(form: Form, clock: Clock): boolean {
  const { client_secret: secret, client_assertion: assertion } = form;
  if (secret !== undefined) {
    if (secret !== '') return true;
    throw new OAuthError('invalid_client', 7000215, 'Invalid client secret provided.', { status: 401 });
  }
  if (assertion === undefined) return false;
  if (assertionIsGood(assertion, clientOf(form), clock)) return true;
  throw new OAuthError('invalid_client', 700027, 'The client assertion failed validation.', { status: 401 });
}

/** The same, for a flow that only a confidential client may use. */
export function mustProveItself(form: Form, clock: Clock): void {
  if (provesItself(form, clock)) return;
  const why = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
  throw new OAuthError('invalid_client', 7000218, why, { status: 401 });
}

function assertionIsGood(assertion: string, clientId: string, clock: Clock): boolean {
  try {
    const { iss, sub, exp } = decodeJwt(assertion);
    return iss?.toLowerCase() === clientId && sub === iss && (exp ?? 0) * 1000 > clock.now();
  } catch {
    return false;
  }
}
