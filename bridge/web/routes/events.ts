/** GET /api/events: server-sent events, first all that is, then each change. */
import type { FastifyInstance } from 'fastify';
import type { LightView, LiveEvent } from '../../../protocol/payloads.ts';
import type { SignInState } from '../../../protocol/sign-in.ts';
import { Events, Fault } from '../schemas.ts';
import type { EventStream, Streams } from '../stream.ts';
import type { View } from '../view.ts';

export function eventRoutes(
  app: FastifyInstance,
  view: View,
  streams: Streams,
  mayLook: (request: Parameters<Streams['open']>[0]) => boolean,
  signIn: () => readonly SignInState[],
): void {
  app.get(
    '/api/events',
    {
      config: { access: 'read', produces: 'text/event-stream' },
      schema: {
        summary: 'presence, light, health, removed, config, sign-in: all that is, then each change',
        response: { 200: Events, 503: Fault },
      },
    },
    (request, reply) => {
      let stopListening = () => {};
      const stream = streams.open(request, reply, {
        mayLook: () => mayLook(request),
        onEnd: () => stopListening(),
      });
      if (!stream) return reply;
      sendAll(stream, view);
      // A page that is opened later asks who is to be confirmed, too.
      if (signIn().length > 0) stream.send('sign-in', signIn());
      for (const { id, pixels } of view.pixels()) stream.send('pixels', { id, pixels });
      stopListening = view.onEvent(({ event, data }: LiveEvent) => {
        // Pixels of a moment ago are worth nothing: a slow reader skips them.
        if (event === 'pixels' && !stream.isIdle()) return;
        stream.send(event, data);
      });
      return reply;
    },
  );
}

/** All that is. */
export function sendAll(
  stream: EventStream,
  view: View,
  /** What the reader may know of a light. */
  known: (light: LightView) => LightView = (light) => light,
): void {
  for (const data of view.people()) stream.send('presence', data);
  for (const data of view.lights()) stream.send('light', known(data));
  stream.send('health', view.health());
}
