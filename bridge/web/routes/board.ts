/** A read-only board for a reception, by its link. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { LightView } from '../../../protocol/payloads.ts';
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
const shown = ['presence', 'removed', 'health'];

/** What a lamp says of itself, its address above all, is not for a reception. */
function forGuests(light: LightView): LightView {
  if (!light.state || light.state.state === 'OFF')
    return { ...light, state: light.state && { state: 'OFF' } };
  const { state, color_mode, color, brightness, effect, segments } = light.state;
  return {
    ...light,
    state: { state, color_mode, color, brightness, effect, ...(segments ? { segments } : {}) },
  };
}

export function boardRoutes(
  app: FastifyInstance,
  { view, grants, streams }: { view: View; grants: Grants; streams: Streams },
): void {
  app.get(
    '/api/board',
    { config: { access: 'board' }, schema: { summary: 'The board of a link', response: { 200: Board } } },
    ({ grant }) => ({ name: grant!.name, people: view.people(), lights: view.lights().map(forGuests) }),
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
      sendAll(stream, view, forGuests);
      stopListening = view.onEvent(({ event, data }) => {
        if (event === 'light') stream.send(event, forGuests(data));
        else if (shown.includes(event)) stream.send(event, data);
      });
      return reply;
    },
  );
}
