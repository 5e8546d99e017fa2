import type { FastifyInstance } from 'fastify';
import type { View } from '../view.ts';
import { answerSet } from './answer.ts';

export function peopleRoutes(app: FastifyInstance, view: View): void {
  app.get('/api/people', () => view.people());
  app.post<{ Params: { id: string } }>('/api/people/:id/set', (request, reply) =>
    answerSet(reply, view.setPerson(request.params.id, request.body)),
  );
}
