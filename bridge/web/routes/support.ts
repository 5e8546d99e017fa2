import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Health } from '../schemas.ts';

const Bundle = Type.Object({
  createdAt: Type.String(),
  ...{ version: Type.String(), node: Type.String(), platform: Type.String() },
  memory: Type.Record(Type.String(), Type.Number()),
  health: Health,
  missing: Type.Array(Type.String()),
  graph: Type.Unknown({ description: 'as /api/graph, and the accounts' }),
  people: Type.Array(Type.Unknown()),
  lights: Type.Array(Type.Unknown()),
  why: Type.Array(Type.Unknown()),
  metrics: Type.Array(Type.Unknown()),
  config: Type.Unknown({ description: 'as /api/config, with every name, address and secret struck out' }),
});

/** What to send to somebody who helps: no name, address or secret is in it. */
export function supportRoute(app: FastifyInstance, support: () => object): void {
  app.get(
    '/api/support-bundle',
    {
      config: { access: 'fresh' },
      schema: {
        summary: 'A redacted support bundle, to be saved as a file',
        response: { 200: Bundle },
      },
    },
    (_request, reply) =>
      reply
        .header('content-disposition', 'attachment; filename="doorlight-support.json"')
        .header('cache-control', 'no-store')
        .send(support()),
  );
}
