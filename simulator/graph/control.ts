import Fastify, { type FastifyInstance } from 'fastify';
import type { Directory, User } from './directory.ts';
import type { Fault, Faults } from './faults.ts';
import type { DeviceCodes } from './identity/device-codes.ts';
import { addJsonParser } from './parsers.ts';
import type { PresenceBoard } from './presence.ts';
import { presencePair } from './presence-words.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { SubscriptionStore } from './subscriptions/store.ts';
import { wireSubscription } from './subscriptions/subscription.ts';
import { isGuid, serviceAccount } from './tenant.ts';

export interface ControlPart {
  directory: Directory;
  board: PresenceBoard;
  faults: Faults;
  deviceCodes: DeviceCodes;
  keys: SigningKeys;
  store: SubscriptionStore;
  /** A person was set by hand. */
  taken: (user: User) => void;
  /** Carries out a fault that happens once and at once. */
  strike: (fault: Fault, user: User | undefined) => void;
}

/** A refusal of the control API: one sentence as `{ "error" }`. */
class Refusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

type Body = Readonly<Record<string, unknown>> | null;

/** Fastify's own refusals that do not say the mend. */
const sentences: Readonly<Record<number, string>> = {
  415: 'Send JSON, with the header "content-type: application/json".',
};

/** The plain HTTP control API for tests and visitors; see README.md beside the stand-in for the calls. */
export function createControl(part: ControlPart): FastifyInstance {
  const { directory, board, faults, deviceCodes } = part;
  const app = Fastify({ forceCloseConnections: true });

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
    reply.code(error.statusCode ?? 500).send({ error: sentences[error.statusCode ?? 500] ?? error.message }),
  );
  addJsonParser(app);
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `There is no ${request.method} ${request.url} in the control API.` }),
  );

  function shown(user: User): Record<string, unknown> {
    const { availability, activity, outOfOfficeSettings, statusMessage } = board.read(user.id);
    const { isOutOfOffice: outOfOffice } = outOfOfficeSettings;
    return {
      ...user,
      availability,
      activity,
      outOfOffice,
      statusMessage: statusMessage?.message.content ?? null,
    };
  }

  function named(name: string): User {
    const user = directory.userByAnyName(name);
    if (!user) throw new Refusal(404, `There is no user "${name}"; GET /users lists them.`);
    return user;
  }

  app.get('/users', () => directory.users().map(shown));

  app.post<{ Body: Body }>('/users', ({ body }, reply) => {
    const list = Array.isArray(body) ? body : [body];
    const added = refuse(() => list.map((each) => directory.addUser(readUser(each))));
    return reply.code(201).send(added.map(shown));
  });

  app.put<{ Params: { name: string }; Body: Body }>('/users/:name/presence', ({ params, body }) => {
    const user = named(params.name);
    const change = refuse(() => readPresence(body));
    part.taken(user);
    board.set(user.id, change);
    return shown(user);
  });

  app.delete<{ Params: { name: string } }>('/users/:name/preferred', ({ params }) => {
    const user = named(params.name);
    board.prefer(user.id, undefined);
    return shown(user);
  });

  app.post<{ Body: Body }>('/groups', ({ body }, reply) => {
    const { id, displayName, members } = body ?? {};
    if (typeof displayName !== 'string' || !Array.isArray(members) || !members.every(isGuid)) {
      throw new Refusal(400, 'A group needs "displayName" and "members", a list of object ids.');
    }
    if (id !== undefined && !isGuid(id)) throw new Refusal(400, '"id" must be a GUID.');
    return reply.code(201).send(directory.addGroup({ displayName, members, ...(id ? { id } : {}) }));
  });

  for (const verb of ['approve', 'decline'] as const) {
    app.post<{ Body: Body }>(`/device/${verb}`, ({ body }) => {
      const { user_code: code, user = serviceAccount } = body ?? {};
      if (typeof code !== 'string')
        throw new Refusal(400, 'The body must have "user_code", the code that is shown.');
      const account = named(String(user));
      if (!deviceCodes.answer(code, verb === 'approve' ? account : 'declined')) {
        throw new Refusal(404, `No sign-in waits for the code "${code}".`);
      }
      return { user_code: code, user: account.userPrincipalName };
    });
  }

  app.get('/faults', () => faults.list());
  app.post<{ Body: Body }>('/faults', ({ body }, reply) => {
    const user = typeof body?.['user'] === 'string' ? named(body['user']) : undefined;
    const fault = refuse(() => faults.add(body));
    part.strike(fault, user);
    return reply.code(201).send(fault);
  });
  app.delete('/faults', (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });

  app.get('/subscriptions', () => part.store.list().map(wireSubscription));
  app.post('/keys/rotate', async (_request, reply) => {
    await part.keys.rotate();
    return reply.code(204).send();
  });

  return app;
}

function readUser(body: unknown): { id?: string; userPrincipalName: string; displayName: string } {
  const { id, userPrincipalName, displayName } = (body ?? {}) as Record<string, unknown>;
  if (typeof userPrincipalName !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(userPrincipalName)) {
    throw new Error('A user needs a "userPrincipalName" such as dora@contoso.com.');
  }
  if (typeof displayName !== 'string') throw new Error('A user needs a "displayName".');
  if (id !== undefined && !isGuid(id)) throw new Error('"id" must be a GUID.');
  return { userPrincipalName, displayName, ...(id ? { id } : {}) };
}

function readPresence(body: Body): { availability: string; activity: string; outOfOffice?: boolean } {
  const { availability, activity, outOfOffice, raw, ...rest } = body ?? {};
  const other = Object.keys(rest)[0];
  if (other) throw new Error(`"${other}" is not known here; use availability, activity, outOfOffice.`);
  if (typeof availability !== 'string')
    throw new Error('"availability" must be a word such as Available or Busy.');
  if (activity !== undefined && typeof activity !== 'string')
    throw new Error('"activity" must be a word such as InACall.');
  if (outOfOffice !== undefined && typeof outOfOffice !== 'boolean')
    throw new Error('"outOfOffice" must be true or false.');
  const words =
    raw === true
      ? { availability, activity: activity ?? availability }
      : presencePair(availability, activity);
  return outOfOffice === undefined ? words : { ...words, outOfOffice };
}

function refuse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Refusal(400, (error as Error).message);
  }
}
