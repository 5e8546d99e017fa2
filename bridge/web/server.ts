/** The web listener: page, API and health, for the LAN. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import type { Clock } from '../../protocol/clock.ts';
import { type Log, reasonOf } from '../log.ts';
import { bearerOf, cookieOf, guardRoutes, sessionCookie } from './access.ts';
import { readBody } from './body.ts';
import type { Grants } from './grants.ts';
import { listen } from './listen.ts';
import { collectRoutes, Document } from './openapi.ts';
import type { ConfigPort, Metric, MicrosoftPort, PagePort, SayPort, SetUpPort } from './ports.ts';
import { type AppliancePort, applianceRoutes } from './routes/appliance.ts';
import { boardRoutes } from './routes/board.ts';
import { configRoutes } from './routes/config.ts';
import { demoRoutes } from './routes/demo.ts';
import { eventRoutes } from './routes/events.ts';
import { type FoundPort, foundRoutes } from './routes/found.ts';
import { healthRoutes } from './routes/health.ts';
import { lampRoutes } from './routes/lamp.ts';
import { lightRoutes } from './routes/lights.ts';
import { linkRoutes } from './routes/links.ts';
import { lookRoutes } from './routes/looks.ts';
import { meRoutes } from './routes/me.ts';
import { metricsRoute } from './routes/metrics.ts';
import { pageRoutes } from './routes/pages.ts';
import { peopleRoutes } from './routes/people.ts';
import { type ProvisionPort, provisionRoutes } from './routes/provision.ts';
import { sessionRoutes } from './routes/session.ts';
import { setUpRoutes } from './routes/set-up.ts';
import { signInBackRoute, signInRoutes } from './routes/sign-in.ts';
import { supportRoute } from './routes/support.ts';
import { type UsbPort, usbRoutes } from './routes/usb.ts';
import type { Sessions } from './sessions.ts';
import { createStreams } from './stream.ts';
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
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'x-frame-options': 'DENY',
};

const nothingHere = { error: 'There is nothing at this address.' };

export function createWeb(options: {
  host: string;
  port: number;
  /** The folder of the built page. */
  pageDir: string;
  view: View;
  /** Nothing = no log-in: the demo, which listens on loopback only. */
  sessions: Sessions | undefined;
  grants: Grants;
  /** Nothing in set-up mode. */
  microsoft: () => MicrosoftPort | undefined;
  config: ConfigPort;
  setUp: SetUpPort;
  say: SayPort;
  lamps: PagePort;
  metrics: () => Metric[];
  /** PEM; nothing = plain HTTP. */
  tls?: { cert: string; key: string } | undefined;
  support: () => object;
  clock: Clock;
  /** Nothing in tests of other parts. */
  provision?: ProvisionPort;
  appliance?: AppliancePort;
  usb?: UsbPort;
  found?: FoundPort;
  log: Log;
  /** Who takes an upgrade to WebSocket, by path. */
  upgrades?: Readonly<Record<string, AcceptUpgrade>>;
}): Web {
  const { view, sessions, grants, microsoft, log } = options;
  const app = fastify({
    ...((options.tls ? { https: options.tls } : {}) as object),
    bodyLimit: 64 * 1024,
    // What is typed wrong is refused, not bent until it fits.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allowUnionTypes: true } },
    schemaErrorFormatter: (errors, where) => wrongInput(errors[0], where),
    // An address that cannot be read is not found like any other.
    frameworkErrors: (_error, _request, reply) =>
      void (reply as FastifyReply).headers(headers).code(404).send(nothingHere),
    connectionTimeout: 30_000,
    requestTimeout: 30_000,
    forceCloseConnections: true,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers);
    if (/^\/(api|metrics)\b/.test(request.url)) void reply.header('cache-control', 'no-store');
    if (options.tls) void reply.header('strict-transport-security', 'max-age=31536000');
    if (!sessions && !isLoopbackName(request.host) && isLoopbackName(options.host)) {
      // Without a log-in, another site's name that resolves to loopback must not reach the API.
      return reply.code(403).send({ error: 'The demo answers to localhost only.' });
    }
    return done();
  });
  // The schemas of answers are for the document: what a route says is sent as it is.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(
    (error: { statusCode?: number; fields?: object[]; message: string }, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) log.error(`A request failed: ${reasonOf(error)}`);
      void reply.code(status).send({
        error: status >= 500 ? 'Something went wrong here; the log says what.' : sentence(error),
        ...(error.fields ? { fields: error.fields } : {}),
      });
    },
  );
  // Read to its end when it is too long; and many a client names JSON when it sends nothing at all.
  const asJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', (request, payload, done) =>
    readBody(request, payload, (error, text) => {
      if (error) return done(error);
      return text ? asJson(request, text, done) : done(null, undefined);
    }),
  );
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(nothingHere));

  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const accept = options.upgrades?.[(request.url ?? '').split('?')[0]!];
    const { origin } = request.headers;
    // The demo has a password that everybody knows: no other site's page may use it.
    const foreign = !sessions && origin !== undefined && !isLoopbackName(origin.replace(/^https?:\/\//, ''));
    if (accept && !foreign) accept(request, socket as Socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
  });

  const document = collectRoutes(app, view.version);
  guardRoutes(app, { sessions, grants });
  const streams = createStreams(options.clock);
  const tokenOf = (request: FastifyRequest) => grants.find(bearerOf(request), 'api');
  const isFresh = (request: FastifyRequest) =>
    !sessions || tokenOf(request)?.scope === 'admin' || sessions.isFresh(cookieOf(request, sessionCookie));
  /** Asked again while a stream is open: a token may be revoked, a session may end. */
  const isKnown = (request: FastifyRequest) =>
    !sessions || sessions.isOpen(cookieOf(request, sessionCookie)) || tokenOf(request) !== undefined;
  const { config, setUp, say, lamps } = options;
  void app.register((routes, _options, done) => {
    routes.get(
      '/api/openapi.json',
      {
        config: { access: 'open' },
        schema: { summary: 'This document', response: { 200: Document } },
      },
      () => document(),
    );
    healthRoutes(routes, view);
    sessionRoutes(routes, view, sessions);
    signInBackRoute(routes, microsoft);
    lookRoutes(routes, view);
    peopleRoutes(routes, view);
    lightRoutes(routes, view);
    eventRoutes(routes, view, streams, isKnown, () => microsoft()?.states() ?? []);
    metricsRoute(routes, options.metrics, isKnown);
    supportRoute(routes, options.support);
    demoRoutes(routes, view);
    signInRoutes(routes, microsoft);
    if (options.provision) provisionRoutes(routes, options.provision);
    if (options.usb) usbRoutes(routes, options.usb);
    if (options.found) foundRoutes(routes, options.found);
    if (options.appliance) applianceRoutes(routes, options.appliance, sessions);
    configRoutes(routes, config, isFresh);
    setUpRoutes(routes, { view, setUp, microsoft });
    linkRoutes(routes, view, grants);
    lampRoutes(routes, { lamps, grants, streams });
    boardRoutes(routes, { view, grants, streams });
    meRoutes(routes, { view, say, grants, streams });
    pageRoutes(routes, options.pageDir);
    done();
  });

  return {
    start: () => listen(app, options.host, options.port),
    stop: () => app.close(),
  };
}

/** What is wrong with a body, a query or an address, in words; ajv's own begin in the middle of a sentence. */
function wrongInput(fault: FastifySchemaValidationError | undefined, where: string): Error {
  // What cannot be an id is nobody's: as for any other id that is not there.
  if (where === 'params') return Object.assign(new Error(nothingHere.error), { statusCode: 404 });
  const named =
    (fault?.params as { missingProperty?: string; additionalProperty?: string } | undefined) ?? {};
  const path = (fault?.instancePath ?? '').slice(1);
  const at = [path, named.missingProperty].filter(Boolean).join('/');
  const extra = named.additionalProperty
    ? `${named.additionalProperty.slice(0, 60)} is not known`
    : undefined;
  const message = named.missingProperty
    ? 'is missing'
    : (extra ?? lengthFault(fault) ?? fault?.message ?? 'is wrong');
  const error = new Error(`${at || (where === 'body' ? 'The body' : 'The address')}: ${message}.`);
  return Object.assign(error, { fields: [{ path: at, message }] });
}

function lengthFault(fault: FastifySchemaValidationError | undefined): string | undefined {
  const limit = (fault?.params as { limit?: number } | undefined)?.limit;
  if (fault?.keyword === 'minLength' && limit === 1) return 'is empty';
  return fault?.keyword === 'maxLength' ? `is longer than ${limit} characters` : undefined;
}

/** Fastify's own refusals, as a sentence. */
function sentence({ message }: { message: string }): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

function isLoopbackName(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|::1)(:\d+)?$/.test(host);
}
