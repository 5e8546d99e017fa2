/** The web listener: page, API and health, for the LAN. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import fastifyStatic from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import { type Log, reasonOf } from '../log.ts';
import { listen } from './listen.ts';
import { type AppliancePort, applianceRoutes } from './routes/appliance.ts';
import { demoRoutes } from './routes/demo.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { lightRoutes } from './routes/lights.ts';
import { peopleRoutes } from './routes/people.ts';
import { type ProvisionPort, provisionRoutes } from './routes/provision.ts';
import { requireSession, sessionRoutes } from './routes/session.ts';
import { type MicrosoftPort, signInBackRoute, signInRoutes } from './routes/sign-in.ts';
import type { Sessions } from './sessions.ts';
import type { View } from './view.ts';

type AcceptUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

export interface Web {
  /** Resolves with the URL. @throws the socket's error, EADDRINUSE above all */
  start(): Promise<string>;
  stop(): Promise<void>;
}

/** No inline script or style, nothing from elsewhere, no framing. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export function createWeb(options: {
  host: string;
  port: number;
  /** The folder of the built page. */
  pageDir: string;
  view: View;
  /** Nothing = no log-in: the demo, which listens on loopback only. */
  sessions: Sessions | undefined;
  /** Nothing in set-up mode. */
  microsoft: MicrosoftPort | undefined;
  /** Nothing in tests of other parts. */
  provision?: ProvisionPort;
  appliance?: AppliancePort;
  log: Log;
  /** Who takes an upgrade to WebSocket, by path. */
  upgrades?: Readonly<Record<string, AcceptUpgrade>>;
}): Web {
  const { view, sessions, log } = options;
  const app = fastify({
    bodyLimit: 64 * 1024,
    // What is typed wrong is refused, not bent until it fits.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    connectionTimeout: 30_000,
    requestTimeout: 30_000,
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers);
    if (!sessions && !isLoopbackName(request.host) && isLoopbackName(options.host)) {
      // Without a log-in, another site's name that resolves to loopback must not reach the API.
      return reply.code(403).send({ error: 'The demo answers to localhost only.' });
    }
    return done();
  });
  app.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error(`A request failed: ${reasonOf(error)}`);
    void reply
      .code(status)
      .send({ error: status >= 500 ? 'Something went wrong here; the log says what.' : error.message });
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: 'There is nothing at this address.' }),
  );

  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const accept = options.upgrades?.[(request.url ?? '').split('?')[0]!];
    const { origin } = request.headers;
    // The demo has a password that everybody knows: no other site's page may use it.
    const foreign = !sessions && origin !== undefined && !isLoopbackName(origin.replace(/^https?:\/\//, ''));
    if (accept && !foreign) accept(request, socket as Socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
  });

  void app.register(fastifyStatic, { root: options.pageDir });
  healthRoutes(app, view);
  sessionRoutes(app, view, sessions);
  if (options.microsoft) signInBackRoute(app, options.microsoft);
  void app.register((signedIn, _options, done) => {
    requireSession(signedIn, sessions);
    peopleRoutes(signedIn, view);
    lightRoutes(signedIn, view);
    eventRoutes(signedIn, view);
    demoRoutes(signedIn, view);
    if (options.appliance) applianceRoutes(signedIn, options.appliance, sessions);
    if (options.provision) provisionRoutes(signedIn, options.provision);
    if (options.microsoft) signInRoutes(signedIn, options.microsoft);
    done();
  });

  return {
    start: () => listen(app, options.host, options.port),
    stop: () => app.close(),
  };
}

function isLoopbackName(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|::1)(:\d+)?$/.test(host);
}
