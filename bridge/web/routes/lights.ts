import type { FastifyInstance } from 'fastify';
import type { View } from '../view.ts';
import { answerSet } from './answer.ts';

export function lightRoutes(app: FastifyInstance, view: View): void {
  app.get('/api/lights', () => view.lights());
  app.post<{ Params: { id: string } }>('/api/lights/:id/set', (request, reply) =>
    answerSet(reply, view.setLight(request.params.id, request.body)),
  );
  app.post<{ Params: { id: string } }>('/api/lights/:id/identify', (request, reply) =>
    view.identify(request.params.id)
      ? reply.code(204).send()
      : reply.code(404).send({ error: 'There is no light with this id.' }),
  );
}
