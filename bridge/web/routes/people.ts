import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { statuses } from '../../../protocol/status.ts';
import { PersonSet } from '../../control/schemas.ts';
import { Fault, IdParams, maybe, OverrideAnswer, Person, Stamp, word } from '../schemas.ts';
import type { View } from '../view.ts';
import { answerSet, SetBody } from './answer.ts';

interface Named {
  Params: { id: string };
}

const Timeline = Type.Object({
  enabled: Type.Boolean({ description: 'web.timeline of the configuration' }),
  entries: Type.Array(Type.Object({ status: word(statuses), since: Stamp, until: maybe(Stamp) })),
});

export function peopleRoutes(app: FastifyInstance, view: View): void {
  app.get(
    '/api/people',
    {
      config: { access: 'read' },
      schema: { summary: 'Everybody, at their level of sharing', response: { 200: Type.Array(Person) } },
    },
    () => view.people(),
  );
  app.post<Named>(
    '/api/people/:id/set',
    {
      config: { access: 'control', takes: PersonSet },
      schema: {
        summary: "Sets a person's status by hand for a while, or clears it: as on MQTT",
        params: IdParams,
        body: SetBody,
        response: { 200: OverrideAnswer, 404: Fault },
      },
    },
    (request, reply) => answerSet(reply, view.setPerson(request.params.id, request.body)),
  );
  app.get<Named>(
    '/api/people/:id/timeline',
    {
      config: { access: 'read' },
      schema: {
        summary: "A person's statuses of today, from memory",
        params: IdParams,
        response: { 200: Timeline, 404: Fault },
      },
    },
    ({ params: { id } }, reply) =>
      view.timeline(id) ?? reply.code(404).send({ error: 'There is nobody with this id.' }),
  );
}
