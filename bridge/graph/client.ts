/** Microsoft's Graph client with a middleware of our own: token, timeout, one network retry, JSON or nothing. */
import {
  Client,
  type Context,
  GraphError,
  type GraphRequest,
  type Middleware,
} from '@microsoft/microsoft-graph-client';
import type { Cloud } from './clouds.ts';
import type { Fetch } from './http.ts';

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
  get(path: string, query?: Record<string, string>): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
  patch(path: string, body: object): Promise<unknown>;
  delete(path: string): Promise<unknown>;
}

/** Paths are below `/v1.0`. Every call rejects with whatever `failureOf` can read. */
export function createGraph(options: {
  cloud: Cloud;
  fetch: Fetch;
  /** `renew` asks for a new one although the old one seems good. */
  token: (renew: boolean) => Promise<string>;
  timeoutMs: number;
}): Graph {
  const { cloud, fetch, token, timeoutMs } = options;

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
      context.response = await jsonOrNothing(answer);
    },
  };

  const client = Client.initWithMiddleware({
    middleware: send,
    baseUrl: `${cloud.graph}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([new URL(cloud.graph).hostname]),
  });

  /**
   * The token is fetched here, because the client would wrap SignInNeeded beyond recognition. A refused one is
   * renewed once: a clock that is behind takes an expired token for a good one.
   */
  async function call(path: string, send: (request: GraphRequest) => Promise<unknown>): Promise<unknown> {
    const attempt = async (renew: boolean) =>
      send(client.api(path).header('authorization', `Bearer ${await token(renew)}`));
    try {
      return await attempt(false);
    } catch (error) {
      if (failureOf(error).status !== 401) throw error;
      return await attempt(true);
    }
  }

  return {
    get: (path, query = {}) => call(path, (request) => request.query(query).get()),
    post: (path, body) => call(path, (request) => request.post(body)),
    patch: (path, body) => call(path, (request) => request.patch(body)),
    delete: (path) => call(path, (request) => request.delete()),
  };
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
  const seconds = Number(error.headers?.get('retry-after') ?? Number.NaN);
  return {
    status: error.statusCode,
    code: error.code ?? '',
    message: error.message,
    ...(Number.isFinite(seconds) && seconds >= 0 ? { retryAfter: seconds } : {}),
  };
}
