import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../../protocol/clock.ts';
import type { Directory, User } from '../directory.ts';
import { badRequest, GraphError, notFound } from '../graph-error.ts';
import type { PresenceBoard } from '../presence.ts';
import { type Authenticate, demand, needs } from './caller.ts';

export interface PresenceWritesPart {
  clock: Clock;
  directory: Directory;
  board: PresenceBoard;
  authenticate: Authenticate;
}

/** The pairs that may be preferred ("presence: setUserPreferredPresence"). */
const pairs = [
  'Available/Available',
  'Busy/Busy',
  'DoNotDisturb/DoNotDisturb',
  'BeRightBack/BeRightBack',
  'Away/Away',
  'Offline/OffWork',
];
const dayMs = 86_400_000;

interface Call {
  Params: { id: string };
  Body: Record<string, unknown> | null | undefined;
}

/** Preferred presence and status message, each with its end; as Graph does it, 200 with an empty body. */
export function presenceWriteRoutes(app: FastifyInstance, part: PresenceWritesPart): void {
  const { clock, directory, board, authenticate } = part;
  const options = { config: { area: 'presence' as const } };
  const ends = new Map<string, () => void>();

  /** Ends what was set, unless it is set again before. */
  function endAfter(what: string, user: User, ms: number | undefined, run: () => void): void {
    const key = `${what} ${user.id}`;
    ends.get(key)?.();
    if (ms === undefined) ends.delete(key);
    else ends.set(key, clock.after(ms, run));
  }

  app.addHook('onClose', (_app, done) => {
    for (const cancel of ends.values()) cancel();
    done();
  });

  /** A user writes their own presence only; an app with the role, everybody's. */
  async function owner(request: FastifyRequest<Call>): Promise<User> {
    const caller = await authenticate(request);
    demand(caller, needs.presenceWrite);
    const user = directory.user(request.params.id);
    if (!user) throw notFound(request.params.id);
    if (caller.userId !== undefined && caller.userId !== user.id)
      throw new GraphError(403, 'Forbidden', 'Access is denied to the requested resource.');
    return user;
  }

  app.post<Call>('/users/:id/presence/setUserPreferredPresence', options, async (request, reply) => {
    const user = await owner(request);
    const { availability, activity, expirationDuration } = request.body ?? {};
    if (!pairs.includes(`${String(availability)}/${String(activity)}`))
      throw badRequest(`The combination ${String(availability)}/${String(activity)} is not supported.`);
    const usual = availability === 'Busy' || availability === 'DoNotDisturb' ? dayMs : 7 * dayMs;
    const ms = expirationDuration === undefined ? usual : durationMs(expirationDuration);
    board.prefer(user.id, { availability: String(availability), activity: String(activity) });
    endAfter('preferred', user, ms, () => board.prefer(user.id, undefined));
    return reply.send();
  });

  app.post<Call>('/users/:id/presence/clearUserPreferredPresence', options, async (request, reply) => {
    const user = await owner(request);
    endAfter('preferred', user, undefined, () => {});
    board.prefer(user.id, undefined);
    return reply.send();
  });

  app.post<Call>('/users/:id/presence/setStatusMessage', options, async (request, reply) => {
    const user = await owner(request);
    const { message, expiryDateTime } = (request.body?.['statusMessage'] ?? {}) as {
      message?: { content?: unknown; contentType?: unknown };
      expiryDateTime?: { dateTime?: unknown; timeZone?: unknown };
    };
    if (typeof message?.content !== 'string' || message.contentType !== 'text')
      throw badRequest("A status message has 'content' and the contentType 'text'.");
    const end = expiryDateTime && Date.parse(`${String(expiryDateTime.dateTime)}Z`);
    if (end !== undefined && (Number.isNaN(end) || expiryDateTime?.timeZone !== 'UTC'))
      throw badRequest('The stand-in takes an expiryDateTime without an offset, in the time zone UTC.');
    board.say(user.id, message.content === '' ? undefined : message.content);
    const ms = end === undefined ? undefined : end - clock.now();
    endAfter('message', user, ms, () => board.say(user.id, undefined));
    return reply.send();
  });
}

function durationMs(text: unknown): number {
  const parts = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(String(text));
  if (!parts) throw badRequest(`'${String(text)}' is no ISO-8601 duration.`);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
