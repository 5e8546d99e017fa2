/** The hooks listener: the only one that is ever made public, so it knows two routes and nothing else. */
import fastify from 'fastify';
import { addNotificationRoutes, type HookCounters, type NotificationSink } from '../graph/notification.ts';
import { listen } from './listen.ts';

export interface Hooks {
  /** Resolves with the URL. @throws the socket's error, EADDRINUSE above all */
  start(): Promise<string>;
  counters(): HookCounters;
  stop(): Promise<void>;
}

export function createHooks(options: { host: string; port: number; sink: NotificationSink }): Hooks {
  const app = fastify({ connectionTimeout: 10_000, requestTimeout: 10_000, forceCloseConnections: true });
  const counters: HookCounters = { accepted: 0, malformed: 0, tooLarge: 0 };
  app.setNotFoundHandler((_request, reply) => reply.code(404).send());
  addNotificationRoutes(app, options.sink, counters);
  return {
    start: () => listen(app, options.host, options.port),
    counters: () => ({ ...counters }),
    stop: () => app.close(),
  };
}
