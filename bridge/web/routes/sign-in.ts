/** Signing in to Microsoft through the page: begin, come back, confirm who it is. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SignInState } from '../../../protocol/sign-in.ts';

/** What the routes need of the room of Microsoft Graph. */
export interface MicrosoftPort {
  states(): SignInState[];
  find(account: string): MicrosoftAccount | undefined;
  /** @throws Error in words for the person who signs in */
  finish(answer: BackQuery): Promise<string>;
  status(): object;
  counters(): object;
}

interface MicrosoftAccount {
  begin(redirectUri: string): Promise<string>;
  confirm(take: boolean): Promise<boolean>;
  forget(): Promise<void>;
}

interface BackQuery {
  state?: string;
  code?: string;
  error?: string;
  error_description?: string;
}

const backPath = '/api/sign-in/back';

interface Named {
  Params: { account: string };
}

/** Where Microsoft sends the browser back to. The session's cookie does not come along, the state does. */
export function signInBackRoute(app: FastifyInstance, microsoft: MicrosoftPort): void {
  app.get<{ Querystring: BackQuery }>(backPath, async ({ query }, reply) => {
    try {
      const account = await microsoft.finish(query);
      return await page(reply, 'Is this the account?', confirmForm(account, nameIn(microsoft, account)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return await page(reply.code(400), 'That did not work', `<p>${html(message)}</p>`);
    }
  });
}

export function signInRoutes(app: FastifyInstance, microsoft: MicrosoftPort): void {
  // A form without JavaScript posts this; there is nothing in it.
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { bodyLimit: 1024 },
    (_request, _body, done) => done(null, undefined),
  );
  const find = (request: FastifyRequest<Named>, reply: FastifyReply) => {
    const account = microsoft.find(request.params.account);
    if (!account) void reply.code(404).send({ error: 'There is no account with this name.' });
    return account;
  };

  app.get('/api/sign-in', () => microsoft.states());
  app.get('/api/graph', () => ({ ...microsoft.status(), notifications: microsoft.counters() }));

  app.get<Named>('/api/sign-in/:account/begin', async (request, reply) => {
    const account = find(request, reply);
    if (!account) return reply;
    return reply.redirect(await account.begin(`${originOf(request)}${backPath}`));
  });
  for (const [path, take] of [
    ['confirm', true],
    ['drop', false],
  ] as const) {
    app.post<Named>(`/api/sign-in/:account/${path}`, async (request, reply) => {
      const account = find(request, reply);
      if (!account) return reply;
      if (!(await account.confirm(take)))
        return reply.code(409).send({ error: 'Nobody waits to be confirmed.' });
      if (!request.headers.accept?.includes('text/html')) return reply.code(204).send();
      return reply.redirect('/', 303);
    });
  }
  app.delete<Named>('/api/sign-in/:account', async (request, reply) => {
    const account = find(request, reply);
    if (!account) return reply;
    await account.forget();
    return reply.code(204).send();
  });
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
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>`,
    );
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
