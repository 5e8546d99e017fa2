import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { effects, statuses } from '../../../protocol/status.ts';
import { word } from '../schemas.ts';
import type { View } from '../view.ts';

const Look = Type.Object({
  color: Type.String({ description: '#rrggbb' }),
  brightness: Type.Number({ minimum: 0, maximum: 1 }),
  effect: word(effects),
});
const Looks = Type.Object(Object.fromEntries(statuses.map((status) => [status, Look])));

export function lookRoutes(app: FastifyInstance, view: View): void {
  app.get(
    '/api/looks',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What each status looks like: the defaults, with looks: of the configuration over them',
        response: { 200: Looks },
      },
    },
    () => view.looks(),
  );
}
