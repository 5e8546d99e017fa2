/** The one way out to Microsoft: extra trust anchor, proxy, and a timeout on everything. */
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { Clock } from '../../protocol/clock.ts';
import { readNamedFile } from '../config/named-file.ts';

export type Fetch = (url: string, init?: FetchInit) => Promise<Response>;

export interface FetchInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** For headers and body together; 10 s unless told. */
  timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
/** 650 presences, or a page of 999 members, are well under 1 MB: what is far over it is not Graph's answer. */
const mostBytes = 16 * 1024 * 1024;
const loopback = 'localhost,127.0.0.1,[::1]';

/**
 * Makes the fetch of a bridge. Answers come back with their body read, so that no caller can forget the timeout.
 * @throws ConfigError when `caFile` cannot be read
 */
export function createFetch(options: {
  clock: Clock;
  caFile?: string | undefined;
  proxy?: string | undefined;
}): { fetch: Fetch; close(): Promise<void> } {
  const { clock, caFile, proxy } = options;
  const tls = { ca: [...rootCertificates, ...(caFile ? [readNamedFile(caFile, 'microsoft.caFile')] : [])] };
  const dispatcher = new EnvHttpProxyAgent({
    connect: { ...tls, timeout: defaultTimeoutMs },
    requestTls: tls,
    noProxy: [process.env['NO_PROXY'] ?? process.env['no_proxy'], loopback].filter(Boolean).join(','),
    ...(proxy ? { httpsProxy: proxy, httpProxy: proxy } : {}),
  });

  async function fetch(url: string, init: FetchInit = {}): Promise<Response> {
    const { timeoutMs = defaultTimeoutMs, ...rest } = init;
    const abort = new AbortController();
    const cancel = clock.after(timeoutMs, () =>
      abort.abort(new Error(`no answer within ${timeoutMs / 1000} s`)),
    );
    try {
      const response = await undiciFetch(url, { ...rest, dispatcher, signal: abort.signal });
      const body = await textOf(response.body, abort);
      const headers = Object.fromEntries(response.headers);
      const empty = body === '' || response.status === 204 || response.status === 304;
      return new Response(empty ? null : body, { status: response.status, headers });
    } catch (error) {
      throw inWords(error);
    } finally {
      cancel();
    }
  }

  return { fetch, close: () => dispatcher.destroy() };
}

/** "fetch failed" says nothing: what failed is in its cause, and is lost on the way through the Graph client. */
function inWords(error: unknown): unknown {
  const { cause } = error as { cause?: Partial<NodeJS.ErrnoException> };
  const words = cause?.message || cause?.code;
  return words ? new Error(words, { cause }) : error;
}

/** The whole body. @throws Error when it is larger than any answer of Graph */
async function textOf(body: AsyncIterable<Uint8Array> | null, abort: AbortController): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    parts.push(part);
    if (bytes <= mostBytes) continue;
    const tooLarge = new Error(`an answer of more than ${mostBytes / 1024 / 1024} MB`);
    abort.abort(tooLarge);
    throw tooLarge;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Retry-After beyond an hour is taken for a mistake. */
const longestRetryAfterS = 3_600;

/** Seconds that an answer asks to wait, given as a number or as a date (RFC 9110 section 10.2.3). */
export function retryAfterOf(headers: { get(name: string): string | null } | undefined): number | undefined {
  const text = headers?.get('retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Math.min(longestRetryAfterS, Number(text));
  // Both stamps are the server's, so our own clock may be wrong.
  const seconds = (Date.parse(text) - Date.parse(headers?.get('date') ?? '')) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(longestRetryAfterS, Math.max(0, seconds));
}
