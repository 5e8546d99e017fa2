import type { FastifyReply } from 'fastify';
import type { SetOutcome } from '../view.ts';

/** 200 with how long it stands (`null`: nothing set by hand stands), 404 for an unknown id, 400 for a wrong body. */
export function answerSet(reply: FastifyReply, outcome: SetOutcome): FastifyReply {
  if (outcome.ok) return reply.send({ override: outcome.data });
  return reply.code(outcome.missing ? 404 : 400).send({ error: outcome.error });
}
