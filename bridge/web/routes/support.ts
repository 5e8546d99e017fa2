import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

/** What to send to somebody who helps: no name, address or secret is in it. */
export function supportRoute(app: FastifyInstance, support: () => object): void {
  app.get(
    '/api/support-bundle',
    {
      config: { access: 'fresh' },
      schema: {
        summary: 'A redacted support bundle, to be saved as a file',
        response: { 200: Type.Object({}) },
      },
    },
    (_request, reply) =>
      reply
        .header('content-disposition', 'attachment; filename="doorlight-support.json"')
        .header('cache-control', 'no-store')
        .send(support()),
  );
}
