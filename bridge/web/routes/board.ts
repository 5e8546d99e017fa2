/** A read-only board for a reception, by its link. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { bearerOf } from '../access.ts';
import type { Grants } from '../grants.ts';
import { Events, Fault, Light, Person } from '../schemas.ts';
import type { Streams } from '../stream.ts';
import type { View } from '../view.ts';
import { sendAll } from './events.ts';

const Board = Type.Object({
  name: Type.String(),
  people: Type.Array(Person),
  lights: Type.Array(Light),
});
const shown = ['presence', 'light', 'removed', 'health'];

export function boardRoutes(
  app: FastifyInstance,
  { view, grants, streams }: { view: View; grants: Grants; streams: Streams },
): void {
  app.get(
    '/api/board',
    { config: { access: 'board' }, schema: { summary: 'The board of a link', response: { 200: Board } } },
    ({ grant }) => ({ name: grant!.name, people: view.people(), lights: view.lights() }),
  );
  app.get(
    '/api/board/events',
    {
      config: { access: 'board', produces: 'text/event-stream' },
      schema: { summary: 'presence, light, removed, health', response: { 200: Events, 503: Fault } },
    },
    (request, reply) => {
      let stopListening = () => {};
      const stream = streams.open(request, reply, {
        mayLook: () => grants.find(bearerOf(request), 'board') !== undefined,
        onEnd: () => stopListening(),
      });
      if (!stream) return reply;
      sendAll(stream, view);
      stopListening = view.onEvent(({ event, data }) => {
        if (shown.includes(event)) stream.send(event, data);
      });
      return reply;
    },
  );
}
