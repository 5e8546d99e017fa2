/** Microsoft's Graph client with a middleware of our own: token, timeout, one network retry, JSON or nothing. */
import { Client, type Context, GraphError, type Middleware } from '@microsoft/microsoft-graph-client';
import type { Cloud } from './clouds.ts';
import { type Fetch, retryAfterOf } from './http.ts';

/** More pages than this is a loop, not a list. */
const mostPages = 200;
/** Our clock and Graph's differ by less than this all the time: stamps are in whole seconds. */
const sameTimeMs = 5_000;

export interface GraphFailure {
  /** HTTP status; 0 when there was no answer. */
  status: number;
  /** Graph's error code, or the reason why there was no answer. */
  code: string;
  message: string;
  /** Seconds to wait, from Retry-After. */
  retryAfter?: number;
}

export interface Graph {
  get(path: string, query?: Record<string, string>, headers?: Record<string, string>): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
  patch(path: string, body: object): Promise<unknown>;
  delete(path: string): Promise<unknown>;
  /** Every item of a collection, over all its pages. */
  list(path: string, query?: Record<string, string>): Promise<unknown[]>;
  /** Wall clock as Graph has it, ms: a Pi without a battery clock may be years off. */
  now(): number;
}

/** Paths are below `/v1.0`. Every call rejects with whatever `failureOf` can read. */
export function createGraph(options: {
  cloud: Cloud;
  fetch: Fetch;
  token: () => Promise<string>;
  /** Graph did not take this token; when it is not `dead`, it lacks a permission that may have been granted since. */
  refused: (token: string, dead: boolean) => void;
  timeoutMs: number;
  now: () => number;
}): Graph {
  const { cloud, fetch, token, refused, timeoutMs, now } = options;
  let aheadMs = 0;

  const send: Middleware = {
    async execute(context: Context) {
      const { method = 'GET', body, headers } = context.options ?? {};
      const init = {
        method,
        headers: toRecord(headers),
        ...(typeof body === 'string' ? { body } : {}),
        timeoutMs,
      };
      const url = String(context.request);
      const answer = await fetch(url, init).catch((error: unknown) => {
        // Only what may be sent twice: a POST that created something must not be repeated blindly.
        if (method !== 'GET' && !url.includes('getPresencesByUserId')) throw error;
        return fetch(url, init);
      });
      const date = Date.parse(answer.headers.get('date') ?? '');
      if (!Number.isNaN(date)) aheadMs = Math.abs(date - now()) < sameTimeMs ? 0 : date - now();
      context.response = await jsonOrNothing(answer);
    },
  };

  const client = Client.initWithMiddleware({
    middleware: send,
    baseUrl: `${cloud.graph}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([new URL(cloud.graph).hostname]),
  });

  type Call = ReturnType<typeof client.api>;

  /** The token is fetched here, because the client would wrap SignInNeeded beyond recognition. */
  async function call(path: string, run: (request: Call) => Promise<unknown>): Promise<unknown> {
    const bearer = await token();
    const send = (with_: string) => run(client.api(path).header('authorization', `Bearer ${with_}`));
    try {
      return await send(bearer);
    } catch (error) {
      const { status } = failureOf(error);
      if (status !== 401 && status !== 403) throw error;
      refused(bearer, status === 401);
      if (status === 403) throw error;
      const next = await token();
      if (next === bearer) throw error;
      return await send(next);
    }
  }

  const get: Graph['get'] = (path, query = {}, headers = {}) =>
    call(path, (request) => {
      for (const [name, value] of Object.entries(headers)) request.header(name, value);
      return request.query(query).get();
    });

  return {
    get,
    post: (path, body) => call(path, (request) => request.post(body)),
    patch: (path, body) => call(path, (request) => request.patch(body)),
    delete: (path) => call(path, (request) => request.delete()),
    async list(path, query) {
      const items: unknown[] = [];
      let answer = (await get(path, query)) as Page;
      for (let page = 1; ; page++) {
        if (!Array.isArray(answer?.value)) throw new Error('Graph answered a list without items');
        items.push(...answer.value);
        const next = answer['@odata.nextLink'];
        if (typeof next !== 'string') return items;
        // The token goes along, so it must be Graph that it goes to.
        if (!next.startsWith(`${cloud.graph}/v1.0/`) || page >= mostPages) {
          throw new Error('Graph answered a list that leads elsewhere');
        }
        answer = (await get(next.slice(`${cloud.graph}/v1.0`.length))) as Page;
      }
    },
    now: () => now() + aheadMs,
  };
}

interface Page {
  value?: unknown;
  '@odata.nextLink'?: unknown;
}

/** The client hangs on, or passes on as a stream, what is not JSON: an HTML error page becomes an error with words. */
async function jsonOrNothing(answer: Response): Promise<Response> {
  const text = await answer.text();
  const headers = Object.fromEntries(answer.headers);
  if (text === '' && answer.ok) return new Response(null, { status: 204, headers });
  if (isJson(text))
    return new Response(text, {
      status: answer.status,
      headers: { ...headers, 'content-type': 'application/json' },
    });
  const error = { code: 'notJson', message: `HTTP ${answer.status} without a JSON body` };
  return new Response(JSON.stringify({ error }), {
    status: answer.ok ? 502 : answer.status,
    headers: { ...headers, 'content-type': 'application/json' },
  });
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function toRecord(headers: unknown): Record<string, string> {
  if (headers instanceof Headers) return Object.fromEntries(headers);
  return { ...(headers as Record<string, string> | undefined) };
}

/** What a rejected Graph call says, in one form. */
export function failureOf(error: unknown): GraphFailure {
  if (!(error instanceof GraphError) || error.statusCode < 1) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    const message = cause?.message ?? (error instanceof Error ? error.message : String(error));
    return { status: 0, code: cause?.code ?? 'noAnswer', message };
  }
  const retryAfter = retryAfterOf(error.headers);
  return {
    status: error.statusCode,
    code: error.code ?? '',
    message: error.message,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** What a refusal means, where Graph's own words do not say the next step. */
export function wordsFor({ status, message }: Pick<GraphFailure, 'status' | 'message'>): string {
  if (status === 403) return `403 ${message} Grant the application Presence.Read.All, and sign in again`;
  return `${status || ''} ${message}`.trim().replace(/\.$/, '');
}
