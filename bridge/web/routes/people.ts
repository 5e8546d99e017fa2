import type { FastifyInstance } from 'fastify';
import type { View } from '../view.ts';

export function peopleRoutes(app: FastifyInstance, view: View): void {
  app.get('/api/people', () => view.people());
}
