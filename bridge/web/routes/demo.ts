import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { Fault, IdParams, Nothing, strict } from '../schemas.ts';
import type { View } from '../view.ts';

const Body = strict({
  availability: Type.String({ maxLength: 50 }),
  activity: Type.Optional(Type.String({ maxLength: 50 })),
  outOfOffice: Type.Optional(Type.Boolean()),
});

/** The demo's "make Alice call": cause, so that a visitor sees the effect. Absent outside the demo. */
export function demoRoutes(app: FastifyInstance, view: View): void {
  const { setPresence } = view;
  if (!setPresence) return;
  app.post<{ Params: { id: string }; Body: Static<typeof Body> }>(
    '/api/demo/people/:id/presence',
    {
      config: { access: 'control' },
      schema: {
        summary: "Sets a presence in the demo's stand-in for Microsoft Graph",
        params: IdParams,
        body: Body,
        response: { 204: Nothing, 404: Fault },
      },
    },
    async (request, reply) =>
      (await setPresence(request.params.id, request.body))
        ? reply.code(204).send()
        : reply.code(404).send({ error: 'There is nobody with this id, or no such presence.' }),
  );
}
