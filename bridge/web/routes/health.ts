import type { FastifyInstance } from 'fastify';
import type { View } from '../view.ts';

/** Open to everybody, so they name no person. */
export function healthRoutes(app: FastifyInstance, view: View): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const missing = view.missing();
    return reply.code(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing });
  });
}
