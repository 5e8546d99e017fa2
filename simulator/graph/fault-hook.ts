import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../protocol/clock.ts';
import type { Fault, FaultArea, Faults, OddBody } from './faults.ts';
import { sendGraphError } from './graph-error.ts';
import { OAuthError, oauthErrorBody } from './identity/oauth-error.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a fault's `on` has to say to hit this route; without it only `all` does. */
    area?: FaultArea;
  }
}

/** Graph's `code` and `message` for the statuses that a fault may ask for. */
const graphErrors: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ['InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'],
  403: ['Forbidden', 'Access is denied to the requested resource.'],
  404: ['ResourceNotFound', 'The requested resource was not found.'],
  409: ['Conflict', 'A subscripton already exists. It must be deleted before a another can be made'],
  410: ['Gone', 'The resource is gone.'],
  429: ['TooManyRequests', 'Too many requests.'],
  500: ['InternalServerError', 'An internal error occurred.'],
  502: ['BadGateway', 'Bad gateway.'],
  503: ['ServiceUnavailable', 'The service is temporarily unavailable.'],
  504: ['GatewayTimeout', 'The gateway timed out.'],
};

/** Lets the active faults hit every request of the stand-in before it is read. */
export function addFaultHook(app: FastifyInstance, clock: Clock, faults: Faults): void {
  // A TLS socket cannot be reset, so the TCP socket below each is remembered.
  const below = new Map<string, Socket>();
  app.server.on('connection', (socket) => {
    const peer = peerOf(socket);
    below.set(peer, socket);
    socket.once('close', () => below.delete(peer));
  });
  const breakOff = (request: FastifyRequest) => void below.get(peerOf(request.raw.socket))?.resetAndDestroy();

  app.addHook('onRequest', (request, reply, done) => {
    const area = request.routeOptions.config?.area;
    const fault = faults.forRequest(area);
    if (!fault) return done();
    actions[fault.fault]?.({ clock, faults, fault, area, request, reply, breakOff });
  });
}

const oddBodies: Readonly<Record<OddBody, () => string>> = {
  empty: () => '',
  malformed: () => '{"value":[{"id":',
  // More than any answer of Graph, and good JSON.
  huge: () => `{"value":[]${' '.repeat(17 * 1024 * 1024)}}`,
  null: () => 'null',
  list: () => '[]',
  wrong: () => '{"value":[null,7,{"availability":"Busy"}]}',
};

interface Hit {
  clock: Clock;
  faults: Faults;
  fault: Fault;
  area: FaultArea | undefined;
  request: FastifyRequest;
  reply: FastifyReply;
  /** Resets the TCP connection of the request. */
  breakOff: (request: FastifyRequest) => void;
}

const actions: Readonly<Record<string, (hit: Hit) => void>> = {
  status({ clock, fault, area, request, reply }) {
    const status = fault.status!;
    if (fault.retryAfter !== undefined) reply.header('retry-after', String(fault.retryAfter));
    if (area === 'token') {
      const busy = new OAuthError(
        'temporarily_unavailable',
        90033,
        'A transient error has occurred. Please try again.',
      );
      reply.code(status).send(oauthErrorBody(clock, busy));
      return;
    }
    sendGraphError(clock, request, reply, status, ...graphErrors[status]!);
  },

  entra({ clock, fault, reply }) {
    const refusal = new OAuthError(fault.error ?? 'invalid_grant', fault.code!, 'Ordered by a fault.');
    reply.code(400).send(oauthErrorBody(clock, refusal));
  },

  html({ fault, reply }) {
    const status = fault.status ?? 502;
    const title = `${status} ${graphErrors[status]![1]}`;
    reply
      .code(status)
      .type('text/html')
      .send(`<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`);
  },

  body({ fault, reply }) {
    reply.type('application/json').send(oddBodies[fault.body!]());
  },

  // The request is taken and never answered, until the faults are cleared.
  hang({ faults, request, reply }) {
    reply.hijack();
    const forget = faults.onClear(() => request.raw.socket.destroy());
    request.raw.socket.once('close', forget);
  },

  reset({ request, reply, breakOff }) {
    reply.hijack();
    breakOff(request);
  },
};

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
