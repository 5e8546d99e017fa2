import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Health } from '../schemas.ts';
import type { View } from '../view.ts';

const Ready = Type.Object({
  ready: Type.Boolean(),
  missing: Type.Array(Type.String({ description: 'set-up, sign-in, graph, …' })),
});

export function healthRoutes(app: FastifyInstance, view: View): void {
  // Open to everybody, so these two name no person.
  app.get(
    '/healthz',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Whether the process can work',
        response: { 200: Type.Object({ status: Type.Literal('ok') }) },
      },
    },
    () => ({ status: 'ok' }),
  );
  app.get(
    '/readyz',
    {
      config: { access: 'open' },
      schema: { summary: 'Whether every part is up', response: { 200: Ready, 503: Ready } },
    },
    (_request, reply) => {
      const missing = view.missing();
      return reply.code(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing });
    },
  );
  app.get(
    '/api/health',
    {
      config: { access: 'read' },
      schema: { summary: 'As on the topic bridge/health', response: { 200: Health } },
    },
    () => view.health(),
  );
}
