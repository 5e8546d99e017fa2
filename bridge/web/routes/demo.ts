import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { View } from '../view.ts';

const Body = Type.Object(
  {
    availability: Type.String({ maxLength: 50 }),
    activity: Type.Optional(Type.String({ maxLength: 50 })),
    outOfOffice: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** The demo's "make Alice call": cause, so that a visitor sees the effect. Absent outside the demo. */
export function demoRoutes(app: FastifyInstance, view: View): void {
  const { setPresence } = view;
  if (!setPresence) return;
  app.post<{ Params: { id: string }; Body: Static<typeof Body> }>(
    '/api/demo/people/:id/presence',
    { schema: { body: Body } },
    async (request, reply) =>
      (await setPresence(request.params.id, request.body))
        ? reply.code(204).send()
        : reply.code(404).send({ error: 'There is nobody with this id, or no such presence.' }),
  );
}
