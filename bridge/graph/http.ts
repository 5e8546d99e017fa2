/** The one way out to Microsoft: extra trust anchor, proxy, and a timeout on everything. */
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { Clock } from '../../protocol/clock.ts';
import { ConfigError } from '../config/load.ts';

export type Fetch = (url: string, init?: FetchInit) => Promise<Response>;

export interface FetchInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** For headers and body together; 10 s unless told. */
  timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
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
  const tls = { ca: [...rootCertificates, ...(caFile ? [readCa(caFile)] : [])] };
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
      const body = await response.text();
      const headers = Object.fromEntries(response.headers);
      const empty = body === '' || response.status === 204 || response.status === 304;
      return new Response(empty ? null : body, { status: response.status, headers });
    } finally {
      cancel();
    }
  }

  return { fetch, close: () => dispatcher.destroy() };
}

/** Seconds that an answer asks to wait, given as a number or as a date (RFC 9110 section 10.2.3). */
export function retryAfterOf(headers: { get(name: string): string | null } | undefined): number | undefined {
  const text = headers?.get('retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  // Both stamps are the server's, so our own clock may be wrong.
  const seconds = (Date.parse(text) - Date.parse(headers?.get('date') ?? '')) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `The file ${file} that microsoft.caFile names cannot be read (${code}): check the path and its permissions.`,
    );
  }
}
