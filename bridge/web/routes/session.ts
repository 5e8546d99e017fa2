/** Who uses the page: the claim, the log-in, the password again, and another password. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { cookieOf, sessionCookie, setCookie } from '../access.ts';
import { Fault, Nothing, strict } from '../schemas.ts';
import { type Refusal, type Sessions, shortestPassword } from '../sessions.ts';
import type { View } from '../view.ts';

const Password = Type.String({ maxLength: 1_000 });
const ClaimBody = strict({ code: Type.String({ maxLength: 100 }), password: Password });
const PasswordBody = strict({ password: Password });
const SignedIn = Type.Object({ signedIn: Type.Boolean() });
const Info = Type.Object({
  version: Type.String(),
  demo: Type.Boolean(),
  claimed: Type.Boolean(),
  signedIn: Type.Boolean(),
  setUp: Type.Boolean(),
  fresh: Type.Boolean(),
  tls: Type.Boolean(),
  teams: Type.Boolean({
    description: 'what is set by hand may be set in Teams, too; told to who is signed in',
  }),
});

const refusals: Record<Refusal, { status: number; error: string; field?: string }> = {
  wrong: { status: 401, error: 'That is not right.' },
  'slow-down': { status: 429, error: 'Too many tries: wait ten seconds.' },
  claimed: { status: 409, error: 'This bridge is claimed already: sign in with its password.' },
  'too-short': {
    status: 400,
    error: `A password has at least ${shortestPassword} characters.`,
    field: 'password',
  },
};

function refuse(reply: FastifyReply, refused: Refusal): FastifyReply {
  const { status, error, field } = refusals[refused];
  if (status === 429) void reply.header('retry-after', '10');
  return reply.code(status).send({ error, ...(field ? { fields: [{ path: field, message: error }] } : {}) });
}

export function sessionRoutes(app: FastifyInstance, view: View, sessions: Sessions | undefined): void {
  app.get(
    '/api/info',
    {
      config: { access: 'open' },
      schema: { summary: 'What the page must know before anybody signs in', response: { 200: Info } },
    },
    (request) => {
      const token = cookieOf(request, sessionCookie);
      const signedIn = sessions?.isOpen(token) ?? true;
      return {
        version: view.version,
        demo: view.setPresence !== undefined,
        claimed: sessions?.claimed() ?? true,
        signedIn,
        setUp: view.missing().includes('set-up'),
        fresh: sessions?.isFresh(token) ?? true,
        tls: request.protocol === 'https',
        teams: signedIn && view.setsTeams(),
      };
    },
  );
  if (!sessions) return;

  const answer = (reply: FastifyReply, result: { token: string } | { refused: Refusal }) =>
    'refused' in result
      ? refuse(reply, result.refused)
      : setCookie(reply, { name: sessionCookie, value: result.token }).send({ signedIn: true });

  app.post<{ Body: Static<typeof ClaimBody> }>(
    '/api/claim',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Claims a new bridge with the code from its log, and sets the password',
        body: ClaimBody,
        response: { 200: SignedIn, 401: Fault, 409: Fault, 429: Fault },
      },
    },
    async (request, reply) =>
      answer(reply, await sessions.claim(request.body.code, request.body.password, request.ip)),
  );
  app.post<{ Body: Static<typeof PasswordBody> }>(
    '/api/session',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Signs in',
        body: PasswordBody,
        response: { 200: SignedIn, 401: Fault, 429: Fault },
      },
    },
    async (request, reply) => answer(reply, await sessions.open(request.body.password, request.ip)),
  );
  app.delete(
    '/api/session',
    { config: { access: 'open' }, schema: { summary: 'Signs out', response: { 204: Nothing } } },
    (request, reply) => {
      sessions.close(cookieOf(request, sessionCookie));
      return setCookie(reply, { name: sessionCookie, value: '', maxAge: 0 }).code(204).send();
    },
  );
  app.post<{ Body: Static<typeof PasswordBody> }>(
    '/api/session/fresh',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The password again, good for ten minutes of what asks for it',
        body: PasswordBody,
        response: { 204: Nothing, 401: Fault, 429: Fault },
      },
    },
    async (request, reply) => {
      const refused = await sessions.refresh(
        cookieOf(request, sessionCookie),
        request.body.password,
        request.ip,
      );
      return refused ? refuse(reply, refused) : reply.code(204).send();
    },
  );
  app.put<{ Body: Static<typeof PasswordBody> }>(
    '/api/session/password',
    {
      config: { access: 'fresh' },
      schema: {
        summary: 'Another password; every other session ends',
        body: PasswordBody,
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      const refused = await sessions.change(cookieOf(request, sessionCookie), request.body.password);
      return refused ? refuse(reply, refused) : reply.code(204).send();
    },
  );
}
