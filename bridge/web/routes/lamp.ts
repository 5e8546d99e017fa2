/** A phone or tablet as a lamp: paired once, its cookie good for that light only. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { statuses } from '../../../protocol/status.ts';
import { cookieOf, lampCookie, setCookie } from '../access.ts';
import type { Grants } from '../grants.ts';
import type { PagePort } from '../ports.ts';
import { Events, Fault, Id, maybe, Nothing, Show, Stamp, strict, word } from '../schemas.ts';
import type { Streams } from '../stream.ts';

const yearSeconds = 365 * 86_400;
const LampParams = strict({ light: Id });
const PairBody = strict({ code: Type.String({ maxLength: 200 }) });
const Lamp = Type.Object({
  id: Type.String(),
  name: Type.String(),
  show: maybe(Show),
  people: Type.Array(
    Type.Object({ name: Type.String(), status: word(statuses), since: Stamp, until: maybe(Stamp) }),
  ),
});
const noLamp = { error: 'There is no light of kind page with this id.' };

interface Named {
  Params: { light: string };
}

export function lampRoutes(
  app: FastifyInstance,
  { lamps, grants, streams }: { lamps: PagePort; grants: Grants; streams: Streams },
): void {
  app.post<Named & { Body: Static<typeof PairBody> }>(
    '/api/lamp/:light/pair',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Pairs this device with a light, by the code of its link, once',
        params: LampParams,
        body: PairBody,
        response: { 200: Type.Object({ paired: Type.Literal(true) }), 401: Fault, 409: Fault },
      },
    },
    async ({ params: { light }, body }, reply) => {
      const pairing = grants.find(body.code, 'pairing');
      if (pairing?.of !== light) {
        return reply.code(401).send({ error: 'This pairing link was used or is old: make a new one.' });
      }
      await grants.revoke(pairing.id);
      const { token } = await grants.mint({ kind: 'lamp', of: light, name: pairing.name });
      const path = `/api/lamp/${light}`;
      return setCookie(reply, { name: lampCookie, value: token, path, maxAge: yearSeconds }).send({
        paired: true,
      });
    },
  );
  app.get<Named>(
    '/api/lamp/:light',
    {
      config: { access: 'lamp' },
      schema: {
        summary: 'What this lamp must show',
        params: LampParams,
        response: { 200: Lamp, 404: Fault },
      },
    },
    ({ params: { light } }, reply) => lamps.lamp(light) ?? reply.code(404).send(noLamp),
  );
  app.get<Named>(
    '/api/lamp/:light/events',
    {
      config: { access: 'lamp', produces: 'text/event-stream' },
      schema: {
        summary: 'lamp on change, alive each 10 s (none for 40 s = show unknown), identify',
        params: LampParams,
        response: { 200: Events, 404: Fault, 503: Fault },
      },
    },
    (request, reply) => {
      const { light } = request.params;
      if (!lamps.lamp(light)) return reply.code(404).send(noLamp);
      let detach = () => {};
      const stream = streams.open(request, reply, {
        mayLook: () => grants.find(cookieOf(request, lampCookie), 'lamp')?.of === light,
        onEnd: () => detach(),
      });
      if (!stream) return reply;
      stream.send('lamp', lamps.lamp(light));
      detach = lamps.attach(light, stream.send);
      return reply;
    },
  );
  app.post<Named>(
    '/api/lamp/:light/state',
    {
      config: { access: 'lamp' },
      schema: {
        summary: 'What the lamp shows now',
        params: LampParams,
        body: Show,
        response: { 204: Nothing, 404: Fault },
      },
    },
    ({ params: { light }, body }, reply) =>
      lamps.state(light, body) ? reply.code(204).send() : reply.code(404).send(noLamp),
  );
}
