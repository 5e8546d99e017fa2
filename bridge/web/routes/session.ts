import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type Refusal, type Sessions, shortestPassword } from '../sessions.ts';
import type { View } from '../view.ts';

const cookieName = 'doorlight';
const Password = Type.String({ maxLength: 1_000 });
const ClaimBody = Type.Object({ code: Type.String({ maxLength: 100 }), password: Password });
const SessionBody = Type.Object({ password: Password });

const refusals: Record<Refusal, { status: number; error: string }> = {
  wrong: { status: 401, error: 'That is not right.' },
  'slow-down': { status: 429, error: 'Too many tries: wait ten seconds.' },
  claimed: { status: 409, error: 'This bridge is claimed already: sign in with its password.' },
  'too-short': { status: 400, error: `A password has at least ${shortestPassword} characters.` },
};

/** Everything in this scope needs an open session; without sessions (the demo) nothing does. */
export function requireSession(app: FastifyInstance, sessions: Sessions | undefined): void {
  if (!sessions) return;
  app.addHook('onRequest', (request, reply, done) => {
    if (!sessions.isOpen(tokenOf(request))) return reply.code(401).send({ error: 'Sign in first.' });
    return done();
  });
}

export function sessionRoutes(app: FastifyInstance, view: View, sessions: Sessions | undefined): void {
  app.get('/api/info', (request) => ({
    version: view.version,
    demo: view.setPresence !== undefined,
    claimed: sessions?.claimed() ?? true,
    signedIn: sessions?.isOpen(tokenOf(request)) ?? true,
  }));
  if (!sessions) return;

  const answer = (reply: FastifyReply, result: { token: string } | { refused: Refusal }) => {
    if ('refused' in result) {
      const { status, error } = refusals[result.refused];
      return reply.code(status).send({ error });
    }
    return reply.header('set-cookie', cookie(result.token)).send({ signedIn: true });
  };

  app.post<{ Body: Static<typeof ClaimBody> }>(
    '/api/claim',
    { schema: { body: ClaimBody } },
    async (request, reply) => answer(reply, await sessions.claim(request.body.code, request.body.password)),
  );
  app.post<{ Body: Static<typeof SessionBody> }>(
    '/api/session',
    { schema: { body: SessionBody } },
    async (request, reply) => answer(reply, await sessions.open(request.body.password)),
  );
  app.delete('/api/session', (request, reply) => {
    sessions.close(tokenOf(request));
    return reply
      .header('set-cookie', `${cookie('')}; Max-Age=0`)
      .code(204)
      .send();
  });
}

/** SameSite=Strict is also what keeps other sites from posting here in the user's name. */
function cookie(token: string): string {
  return `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Strict`;
}

function tokenOf(request: FastifyRequest): string {
  const cookies = (request.headers.cookie ?? '').split(';').map((part) => part.trim().split('='));
  return cookies.find(([name]) => name === cookieName)?.[1] ?? '';
}
