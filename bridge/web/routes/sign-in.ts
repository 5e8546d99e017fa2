/** Signing in to Microsoft through the page: begin, come back, confirm who it is. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { BackQuery, MicrosoftPort } from '../ports.ts';
import { Fault, Id, maybe, Nothing, Stamp, strict, word } from '../schemas.ts';
import { notSetUp } from './set-up.ts';

const backPath = '/api/sign-in/back';

interface Named {
  Params: { account: string };
}

const Params = strict({ account: Id });
const Text = Type.Optional(Type.String({ maxLength: 10_000 }));
const State = Type.Object({
  account: Type.String(),
  way: word(['device-code', 'browser', 'app']),
  status: word(['ok', 'needed', 'expiring']),
  username: Type.Optional(Type.String({ description: 'who is signed in' })),
  tenantId: Type.Optional(Type.String()),
  prompt: Type.Optional(
    Type.Object({ userCode: Type.String(), verificationUri: Type.String(), expiresAt: Stamp }),
  ),
  toConfirm: Type.Optional(
    Type.String({ description: 'who signed in, until confirm or drop says whether this is the account' }),
  ),
  trouble: Type.Optional(
    Type.Object({
      kind: Type.String(),
      code: Type.String({ description: "Entra's, such as AADSTS50173; empty when there was none" }),
      means: Type.String(),
      next: Type.String({ description: 'what to do, as a sentence' }),
    }),
  ),
});
const Graph = Type.Object({
  source: word(['push', 'poll', 'none']),
  why: Type.String({ description: 'why it is not push, or why there is nothing' }),
  subscription: maybe(Type.Object({ expiresAt: Stamp })),
  lastGraphContact: maybe(Stamp),
  notifications: Type.Record(Type.String(), Type.Integer(), {
    description: 'how many, by what became of them',
  }),
});

type Microsoft = () => MicrosoftPort | undefined;

/** Where Microsoft sends the browser back to. The session's cookie does not come along, the state does. */
export function signInBackRoute(app: FastifyInstance, microsoft: Microsoft): void {
  app.get<{ Querystring: BackQuery }>(
    backPath,
    {
      config: { access: 'open', produces: 'text/html' },
      schema: {
        summary: 'Where Microsoft sends the browser back to',
        // What Microsoft adds besides is its business.
        querystring: Type.Object({ state: Text, code: Text, error: Text, error_description: Text }),
        response: { 200: Type.String(), 400: Type.String() },
      },
      // A person reads this, whatever came.
      attachValidation: true,
    },
    async ({ query, validationError }, reply) => {
      try {
        if (validationError) throw new Error('That is not what Microsoft sends: begin again.');
        const side = microsoft();
        if (!side) throw new Error(notSetUp.error);
        const account = await side.finish(query);
        return await page(reply, 'Is this the account?', confirmForm(account, nameIn(side, account)));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return await page(reply.code(400), 'That did not work', `<p>${html(message)}</p>`);
      }
    },
  );
}

export function signInRoutes(app: FastifyInstance, microsoft: Microsoft): void {
  // A form without JavaScript posts this; there is nothing in it.
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { bodyLimit: 1024 },
    (_request, _body, done) => done(null, undefined),
  );
  const find = (request: FastifyRequest<Named>, reply: FastifyReply) => {
    const side = microsoft();
    const account = side?.find(request.params.account);
    if (!side) void reply.code(409).send(notSetUp);
    else if (!account) void reply.code(404).send({ error: 'There is no account with this name.' });
    return account;
  };

  app.get(
    '/api/sign-in',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Each account: signed in or not, the device code, and what is wrong',
        response: { 200: Type.Array(State), 409: Fault },
      },
    },
    (_request, reply) => microsoft()?.states() ?? reply.code(409).send(notSetUp),
  );
  app.get(
    '/api/graph',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'How presence is read, why so, and what was taken of notifications',
        response: { 200: Graph, 409: Fault },
      },
    },
    (_request, reply) => {
      const side = microsoft();
      return side ? { ...side.status(), notifications: side.counters() } : reply.code(409).send(notSetUp);
    },
  );
  app.get<Named>(
    '/api/sign-in/:account/begin',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Sends the browser to Microsoft',
        params: Params,
        response: { 302: Nothing, 404: Fault, 409: Fault },
      },
    },
    async (request, reply) => {
      const account = find(request, reply);
      if (!account) return reply;
      return reply.redirect(await account.begin(`${originOf(request)}${backPath}`));
    },
  );
  for (const [path, take] of [
    ['confirm', true],
    ['drop', false],
  ] as const) {
    app.post<Named>(
      `/api/sign-in/:account/${path}`,
      {
        config: { access: 'admin' },
        schema: {
          summary: take ? 'Takes the account that signed in' : 'Drops the account that signed in',
          params: Params,
          response: { 204: Nothing, 303: Nothing, 404: Fault, 409: Fault },
        },
      },
      async (request, reply) => {
        const account = find(request, reply);
        if (!account) return reply;
        if (!(await account.confirm(take)))
          return reply.code(409).send({ error: 'Nobody waits to be confirmed.' });
        if (!request.headers.accept?.includes('text/html')) return reply.code(204).send();
        return reply.redirect('/', 303);
      },
    );
  }
  app.delete<Named>(
    '/api/sign-in/:account',
    {
      config: { access: 'fresh' },
      schema: {
        summary: 'Ends the sign-in on this machine',
        params: Params,
        response: { 204: Nothing, 404: Fault, 409: Fault },
      },
    },
    async (request, reply) => {
      const account = find(request, reply);
      if (!account) return reply;
      await account.forget();
      return reply.code(204).send();
    },
  );
}

/**
 * Entra takes redirect URIs on https, and on http for localhost only. From another machine the browser ends at a
 * page that is not there; with "localhost" replaced by the bridge's address it is.
 */
function originOf({ protocol, host, port }: FastifyRequest): string {
  const name = host.replace(/:\d+$/, '');
  if (protocol === 'https' || name === 'localhost') return `${protocol}://${host}`;
  return `http://localhost:${port}`;
}

function nameIn(microsoft: MicrosoftPort, account: string): string {
  return microsoft.states().find((state) => state.account === account)?.toConfirm ?? '';
}

function confirmForm(account: string, username: string): string {
  const button = (path: string, text: string) =>
    `<form method="post" action="/api/sign-in/${account}/${path}"><button>${text}</button></form>`;
  return `<p>Doorlight would read presence as <b>${html(username)}</b>, account ${html(account)}.</p>
${button('confirm', 'Use this account')}${button('drop', 'Not this one')}`;
}

function page(reply: FastifyReply, title: string, body: string): FastifyReply {
  return (
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      // Under no-referrer a browser sends a form's Origin as "null" (Fetch, "append a request Origin header").
      .header('referrer-policy', 'same-origin')
      .send(
        `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>`,
      )
  );
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
