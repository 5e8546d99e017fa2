/** A person's own link: what is shown of them where, and their own say in it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { PersonSet } from '../../control/schemas.ts';
import { bearerOf } from '../access.ts';
import type { Grants } from '../grants.ts';
import type { SayPort } from '../ports.ts';
import { Events, Fault, maybe, OverrideAnswer, Person, Show, Stamp, strict, word } from '../schemas.ts';
import type { Streams } from '../stream.ts';
import type { View } from '../view.ts';
import { answerSet, SetBody } from './answer.ts';

const levels = ['full', 'status', 'busy-free'] as const;
const ShareBody = strict({ share: maybe(word(levels)) });
const PauseBody = strict({
  for: Type.String({
    maxLength: 40,
    description: 'an ISO-8601 duration such as PT2H or P3D, 31 days at most',
  }),
});
const Me = Type.Object({
  person: Person,
  share: Type.Object({ granted: word(levels), own: maybe(word(levels)), inForce: word(levels) }),
  paused: maybe(Type.Object({ until: Stamp })),
  left: Type.Boolean(),
  lights: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), show: maybe(Show) })),
});

export function meRoutes(
  app: FastifyInstance,
  { view, say, grants, streams }: { view: View; say: SayPort; grants: Grants; streams: Streams },
): void {
  const person = (request: FastifyRequest) => request.grant?.of ?? '';
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const me = say.me(person(request));
    return me ? reply.send(me) : reply.code(404).send(nobody);
  };
  const route = (summary: string, more: object = {}) => ({
    config: { access: 'person' as const },
    schema: { summary, response: { 200: Me, 404: Fault }, ...more },
  });

  app.get('/api/me', route('What is shown of this person, and where'), answer);
  app.put<{ Body: Static<typeof ShareBody> }>(
    '/api/me/share',
    route('Shares less than the configuration allows; null: as it says', { body: ShareBody }),
    async (request, reply) => {
      const refused = await say.setShare(person(request), request.body.share);
      if (!refused) return answer(request, reply);
      return reply.code(400).send({ error: refused, fields: [{ path: 'share', message: refused }] });
    },
  );
  app.put<{ Body: Static<typeof PauseBody> }>(
    '/api/me/pause',
    route('Unknown everywhere until the pause ends', { body: PauseBody }),
    async (request, reply) => {
      const refused = await say.pause(person(request), request.body.for);
      if (!refused) return answer(request, reply);
      return reply.code(400).send({ error: refused, fields: [{ path: 'for', message: refused }] });
    },
  );
  app.delete('/api/me/pause', route('Ends the pause'), async (request, reply) => {
    await say.pause(person(request), undefined);
    return answer(request, reply);
  });
  app.put(
    '/api/me/left',
    route('Not read from Microsoft any more, and shown nowhere'),
    async (request, reply) => {
      await say.setLeft(person(request), true);
      return answer(request, reply);
    },
  );
  app.delete('/api/me/left', route('Is back'), async (request, reply) => {
    await say.setLeft(person(request), false);
    return answer(request, reply);
  });
  app.post(
    '/api/me/set',
    {
      config: { access: 'person', takes: PersonSet },
      schema: {
        summary: "Sets one's own status by hand for a while, or clears it",
        body: SetBody,
        response: { 200: OverrideAnswer, 404: Fault },
      },
    },
    (request, reply) => answerSet(reply, view.setPerson(person(request), request.body)),
  );
  app.get(
    '/api/me/events',
    {
      config: { access: 'person', produces: 'text/event-stream' },
      schema: { summary: 'me: all of it, on each change', response: { 200: Events, 503: Fault } },
    },
    (request, reply) => {
      const id = person(request);
      const ends: (() => void)[] = [];
      const stream = streams.open(request, reply, {
        mayLook: () => grants.find(bearerOf(request), 'person') !== undefined,
        onEnd: () => ends.forEach((end) => void end()),
      });
      if (!stream) return reply;
      let said = '';
      const send = () => {
        const me = say.me(id);
        const text = JSON.stringify(me);
        if (me && text !== said) stream.send('me', me);
        said = text;
      };
      send();
      ends.push(
        say.onChange((who) => who === id && send()),
        view.onEvent(({ event, data }) => {
          if (event === 'presence' ? data.id === id : event === 'light' && data.shows.includes(id)) send();
        }),
      );
      return reply;
    },
  );
}

const nobody = { error: 'This person is not in the configuration any more.' };
