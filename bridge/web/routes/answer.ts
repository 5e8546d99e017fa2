import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { SetOutcome } from '../view.ts';

/** The command of MQTT, whose own words of refusal are given; so here it is only said that there must be one. */
export const SetBody = Type.Unknown({ description: 'as on the MQTT topic …/set' });

/** 200 with how long it stands (`null`: nothing set by hand stands), 404 for an unknown id, 400 for a wrong body. */
export function answerSet(reply: FastifyReply, outcome: SetOutcome): FastifyReply {
  if (outcome.ok) return reply.send({ override: outcome.data });
  return reply.code(outcome.missing ? 404 : 400).send({ error: outcome.error });
}
