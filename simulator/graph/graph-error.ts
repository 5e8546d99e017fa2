import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../protocol/clock.ts';
import { graphAppId } from './tenant.ts';

/** An answer that Graph refuses with; thrown by any handler below `/v1.0`. */
export class GraphError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function badRequest(message: string): GraphError {
  return new GraphError(400, 'BadRequest', message);
}

export function notFound(name: string): GraphError {
  return new GraphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${name}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

/** The challenge that goes with every 401 ("Microsoft Graph error responses"). */
export const challenge =
  'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ' +
  `client_id="${graphAppId}"`;

/** Sends Graph's JSON error body ("Microsoft Graph error responses and resource types"). */
export function sendGraphError(
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
): FastifyReply {
  const given = request.headers['client-request-id'];
  const requestId = randomUUID();
  const innerError = {
    date: new Date(clock.now()).toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': typeof given === 'string' ? given : requestId,
  };
  if (status === 401) reply.header('www-authenticate', challenge);
  return reply.code(status).header('request-id', requestId).send({ error: { code, message, innerError } });
}

/** Fastify's error handler for everything below `/v1.0`. */
export function graphErrorHandler(clock: Clock, log: (line: string) => void) {
  return (error: FastifyError | GraphError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof GraphError) {
      return sendGraphError(clock, request, reply, error.status, error.code, error.message);
    }
    const status = error.statusCode ?? 500;
    if (status < 500) return sendGraphError(clock, request, reply, status, 'BadRequest', error.message);
    log(`graph stand-in: ${error.stack ?? error.message}`);
    return sendGraphError(clock, request, reply, 500, 'InternalServerError', 'An internal error occurred.');
  };
}
