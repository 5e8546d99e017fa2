import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Directory, User } from '../directory.ts';
import type { AuthorizationCodes, AuthorizationRequest } from './authorization-codes.ts';
import { clientOf, type Form } from './client.ts';
import { OAuthError } from './oauth-error.ts';
import { consentPage, formPostPage, messagePage } from './pages.ts';
import { readScopes } from './scopes.ts';

export interface AuthorizePart {
  directory: Directory;
  authorizationCodes: AuthorizationCodes;
  origin: () => string;
  /** Signs in this user without asking. */
  autoApprove: User | undefined;
}

/** `/{tenant}/oauth2/v2.0/authorize`: signs in the user of `login_hint`, else asks on a small page. */
export function authorizeRoutes(app: FastifyInstance, part: AuthorizePart): void {
  const path = '/:tenant/oauth2/v2.0/authorize';

  app.get<{ Querystring: Form }>(path, ({ query }, reply) => {
    const request = check(part, query, reply);
    if (!request) return reply;
    const user = part.directory.user(query['login_hint'] ?? '') ?? part.autoApprove;
    if (user) return respond(reply, query, { code: part.authorizationCodes.open(request, user) });
    return reply.type('text/html').send(consentPage(query, part.directory.users().slice(0, 50)));
  });

  app.post<{ Body: Form }>(path, ({ body }, reply) => {
    const request = check(part, body, reply);
    if (!request) return reply;
    const user = part.directory.user(body['account'] ?? '');
    if (user) return respond(reply, body, { code: part.authorizationCodes.open(request, user) });
    const error_description = 'AADSTS65004: User declined to consent to access the app.';
    return respond(reply, body, { error: 'access_denied', error_description });
  });
}

/** Reads the request. A fault is shown, or sent to the redirect URI once that is known to be good. */
function check(part: AuthorizePart, query: Form, reply: FastifyReply): AuthorizationRequest | undefined {
  const redirectUri = query['redirect_uri'] ?? '';
  if (!redirectIsGood(redirectUri)) {
    const why = `AADSTS50011: The redirect URI '${redirectUri}' is not https and not on localhost.`;
    reply
      .code(400)
      .type('text/html')
      .send(messagePage('Sorry, but we’re having trouble signing you in.', why));
    return undefined;
  }
  try {
    const clientId = clientOf(query);
    if (query['response_type'] !== 'code') {
      throw new OAuthError(
        'unsupported_response_type',
        700054,
        "The stand-in knows response_type 'code' only.",
      );
    }
    if (query['code_challenge'] !== undefined && query['code_challenge_method'] !== 'S256') {
      throw new OAuthError(
        'invalid_request',
        9002328,
        "The stand-in knows code_challenge_method 'S256' only.",
      );
    }
    const scopes = readScopes(query['scope'], part.origin());
    return { clientId, redirectUri, scopes, challenge: query['code_challenge'], nonce: query['nonce'] };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const error_description = `AADSTS${error.number}: ${error.message}`;
    respond(reply, query, { error: error.error, error_description });
    return undefined;
  }
}

function respond(reply: FastifyReply, query: Form, answer: Record<string, string>): FastifyReply {
  const fields = query['state'] === undefined ? answer : { ...answer, state: query['state'] };
  const target = query['redirect_uri']!;
  if (query['response_mode'] === 'form_post') {
    return reply.type('text/html').send(formPostPage(target, fields));
  }
  const url = new URL(target);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return reply.redirect(url.href);
}

function redirectIsGood(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  return (
    protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
  );
}
