import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { LightSet } from '../../control/schemas.ts';
import { Fault, IdParams, Light, maybe, Nothing, OverrideAnswer, word } from '../schemas.ts';
import type { View } from '../view.ts';
import { answerSet, SetBody } from './answer.ts';

interface Named {
  Params: { id: string };
}

const LightHealth = Type.Object({
  light: Type.String(),
  wrong: Type.Boolean(),
  links: Type.Array(
    Type.Object({
      part: word(['graph', 'bridge', 'rules', 'broker', 'lamp']),
      ok: Type.Boolean(),
      age: maybe(Type.Number({ description: 'seconds since it was last known good' })),
      code: Type.String(),
      says: Type.String(),
      mend: Type.Optional(Type.String()),
    }),
  ),
});
const noLight = { error: 'There is no light with this id.' };

export function lightRoutes(app: FastifyInstance, view: View): void {
  app.get(
    '/api/lights',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Every light: what it must show, and what it shows',
        response: { 200: Type.Array(Light) },
      },
    },
    () => view.lights(),
  );
  app.post<Named>(
    '/api/lights/:id/set',
    {
      config: { access: 'control', takes: LightSet },
      schema: {
        summary: 'Sets a light by hand for a while, or clears it: as on MQTT',
        params: IdParams,
        body: SetBody,
        response: { 200: OverrideAnswer, 404: Fault },
      },
    },
    (request, reply) => answerSet(reply, view.setLight(request.params.id, request.body)),
  );
  app.post<Named>(
    '/api/lights/:id/identify',
    {
      config: { access: 'control' },
      schema: {
        summary: 'Ten seconds of blinking white',
        params: IdParams,
        response: { 204: Nothing, 404: Fault },
      },
    },
    (request, reply) =>
      view.identify(request.params.id) ? reply.code(204).send() : reply.code(404).send(noLight),
  );
  app.get(
    '/api/health/lights',
    {
      config: { access: 'read' },
      schema: { summary: 'Why is a light wrong? All of them', response: { 200: Type.Array(LightHealth) } },
    },
    () => view.lights().map((light) => view.lightHealth(light.id)),
  );
  app.get<Named>(
    '/api/health/lights/:id',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Why is this light wrong? The chain from Microsoft to the lamp',
        params: IdParams,
        response: { 200: LightHealth, 404: Fault },
      },
    },
    ({ params: { id } }, reply) => view.lightHealth(id) ?? reply.code(404).send(noLight),
  );
}
