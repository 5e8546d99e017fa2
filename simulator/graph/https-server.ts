import { createServer } from 'node:https';
import Fastify, { type FastifyInstance } from 'fastify';
import { createAuthenticate } from './api/caller.ts';
import { presenceRoutes } from './api/presence-routes.ts';
import { presenceWriteRoutes } from './api/presence-writes.ts';
import { userRoutes } from './api/users.ts';
import { addFaultHook } from './fault-hook.ts';
import { graphErrorHandler, sendGraphError } from './graph-error.ts';
import { identityRoutes } from './identity/identity.ts';
import type { Settings } from './options.ts';
import { addFormParser, addJsonParser } from './parsers.ts';
import type { Push } from './push.ts';
import { subscriptionRoutes } from './subscriptions/routes.ts';
import { serviceAccount } from './tenant.ts';
import type { TenantState } from './tenant-state.ts';

/** The one https origin: Graph below `/v1.0`, the identity platform below tenant names. */
export function createHttpsServer(
  settings: Settings,
  state: TenantState,
  push: Push,
  origin: () => string,
): FastifyInstance {
  const { clock, log, deviceInterval, autoApprove } = settings;
  const { certificate, directory, board, store, faults, keys, tokens, deviceCodes } = state;
  const { key, cert } = certificate;
  const app = Fastify({
    // Made here and not by Fastify, which types an https server apart from the routes that know nothing of TLS.
    serverFactory: (handler) => createServer({ key, cert }, handler),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
  });
  // The tenant lives by this clock, so its answers are dated by it too.
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.header('date', new Date(clock.now()).toUTCString());
    done();
  });
  addFaultHook(app, clock, faults);
  addJsonParser(app);
  app.setNotFoundHandler((request, reply) => {
    const segment = request.url.split('?')[0]!.split('/').at(-1);
    return sendGraphError(
      clock,
      request,
      reply,
      400,
      'BadRequest',
      `Resource not found for the segment '${segment}'.`,
    );
  });

  app.register(
    (graph, _options, done) => {
      const authenticate = createAuthenticate(keys, tokens);
      graph.setErrorHandler(graphErrorHandler(clock, log));
      userRoutes(graph, { directory, authenticate, origin });
      presenceRoutes(graph, { directory, board, authenticate, origin });
      presenceWriteRoutes(graph, { clock, directory, board, authenticate });
      const { webhook, reauthorized } = push;
      subscriptionRoutes(graph, { clock, directory, authenticate, store, webhook, origin, reauthorized });
      done();
    },
    { prefix: '/v1.0' },
  );
  app.register((identity, _options, done) => {
    addFormParser(identity);
    const approver = autoApprove === true ? serviceAccount : autoApprove || undefined;
    const part = { clock, directory, keys, tokens, deviceCodes, deviceInterval, origin };
    identityRoutes(identity, { ...part, autoApprove: approver });
    done();
  });
  return app;
}
