import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../../protocol/clock.ts';
import type { Directory } from '../directory.ts';
import type { SigningKeys } from '../signing-keys.ts';
import { unknownTenant } from '../tenant.ts';
import { createAuthorizationCodes } from './authorization-codes.ts';
import { authorizeRoutes } from './authorize.ts';
import { clientOf, type Form } from './client.ts';
import { type DeviceCodes, deviceCodeSeconds } from './device-codes.ts';
import { metadataRoutes } from './metadata.ts';
import { OAuthError, oauthErrorBody } from './oauth-error.ts';
import { devicePage, messagePage } from './pages.ts';
import { readScopes } from './scopes.ts';
import { answerTokenRequest } from './token-endpoint.ts';
import type { Tokens } from './tokens.ts';

export interface IdentityOptions {
  clock: Clock;
  directory: Directory;
  keys: SigningKeys;
  tokens: Tokens;
  deviceCodes: DeviceCodes;
  /** Seconds between two polls of a device code. */
  deviceInterval: number;
  origin: () => string;
  /** The user who approves every sign-in at once; nobody by default. */
  autoApprove?: string | undefined;
}

/** The routes of the Microsoft identity platform. Any tenant name but one is an alias for the one tenant. */
export function identityRoutes(app: FastifyInstance, options: IdentityOptions): void {
  const { clock, directory, keys, tokens, deviceCodes, origin } = options;
  const authorizationCodes = createAuthorizationCodes(clock);
  const autoApprove = options.autoApprove === undefined ? undefined : directory.user(options.autoApprove);
  if (options.autoApprove !== undefined && !autoApprove) {
    throw new Error(`autoApprove names ${options.autoApprove}, who is not in the directory.`);
  }
  const token = { config: { area: 'token' as const } };

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const known =
      error instanceof OAuthError
        ? error
        : new OAuthError('invalid_request', 900144, error.message, { status: error.statusCode ?? 500 });
    return reply.code(known.status).send(oauthErrorBody(clock, known));
  });

  app.addHook<{ Params: { tenant?: string } }>('onRequest', ({ params }, _reply, done) => {
    if (params.tenant !== unknownTenant) return done();
    const why = `Tenant '${unknownTenant}' not found. Check to make sure you have the correct tenant ID.`;
    done(new OAuthError('invalid_request', 90002, why));
  });
  metadataRoutes(app, keys, origin);
  authorizeRoutes(app, { directory, authorizationCodes, origin, autoApprove });

  app.post<{ Body: Form }>('/:tenant/oauth2/v2.0/devicecode', token, ({ body }) => {
    const opened = deviceCodes.open(clientOf(body ?? {}), readScopes(body?.['scope'], origin()), autoApprove);
    const page = `${origin()}/common/oauth2/deviceauth`;
    return {
      user_code: opened.userCode,
      device_code: opened.deviceCode,
      verification_uri: page,
      expires_in: deviceCodeSeconds,
      interval: options.deviceInterval,
      message: `To sign in, use a web browser to open the page ${page} and enter the code ${opened.userCode} to authenticate.`,
    };
  });

  app.post<{ Body: Form }>('/:tenant/oauth2/v2.0/token', token, async ({ body }, reply) => {
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
    return await answerTokenRequest({ clock, tokens, deviceCodes, authorizationCodes, origin }, body ?? {});
  });

  app.get('/:tenant/oauth2/deviceauth', (_request, reply) =>
    reply.type('text/html').send(devicePage(directory.users().slice(0, 50))),
  );

  app.post<{ Body: Form }>('/:tenant/oauth2/deviceauth', ({ body }, reply) => {
    const user = directory.user(body?.['account'] ?? '');
    const done = deviceCodes.answer(body?.['user_code'] ?? '', user ?? 'declined');
    const note = 'That code didn’t work. Check the code and try again.';
    const people = directory.users().slice(0, 50);
    return reply
      .type('text/html')
      .send(
        done
          ? messagePage(user ? 'You are signed in' : 'Declined', 'You can close this page.')
          : devicePage(people, note),
      );
  });
}
