/** The hooks listener: the only one that is ever made public, so it knows two routes and nothing else. */
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { readBody } from './body.ts';
import { listen } from './listen.ts';

/** Contract section 5; 650 rich notifications have 1.4 MB. */
const mostBytes = 4 * 1024 * 1024;

export interface Hooks {
  /** Resolves with the URL. @throws the socket's error, EADDRINUSE above all */
  start(): Promise<string>;
  stop(): Promise<void>;
}

export function createHooks(options: {
  host: string;
  port: number;
  addRoutes: (app: FastifyInstance) => void;
}): Hooks {
  const app = fastify({
    bodyLimit: mostBytes,
    connectionTimeout: 10_000,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    // A malformed address is not found like any other.
    frameworkErrors: (_error, _request, reply) => void (reply as FastifyReply).code(404).send(),
  });
  // Before any body is read: nobody needs to learn more of this port than that nothing is there.
  app.addHook('onRequest', (request, reply, done) => (request.is404 ? reply.code(404).send() : done()));
  // Graph sends its handshake as text/plain without a body, and sometimes JSON types on empty bodies.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', readBody);
  options.addRoutes(app);
  return {
    start: () => listen(app, options.host, options.port),
    stop: () => app.close(),
  };
}
