/** MSAL's way to the network: our fetch, nothing that is not JSON, and what the last refusal said in full. */
import type { INetworkModule, NetworkRequestOptions } from '@azure/msal-node';
import { type Clock, sleep } from '../../../protocol/clock.ts';
import { type Fetch, retryAfterOf } from '../http.ts';

/** What each `slow_down` adds to the time between two polls of a device code (RFC 8628 section 3.5). */
const slowerByMs = 5_000;

/** The identity platform answers, and cannot at the moment. */
export class IdentityBusy extends Error {
  readonly status: number;
  /** Seconds to wait, when it said so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, retryAfter: number | undefined) {
    super(`the identity platform answered ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export interface IdentityNetwork extends INetworkModule {
  /** `error` and `error_description` of the last answer that was a refusal; MSAL drops half of them. */
  lastRefusal(): { error: string; description: string } | undefined;
  /** What kept the last request from being answered, a busy identity platform included. */
  lastFailure(): unknown;
  /** Forgets both, before a new attempt. */
  reset(): void;
}

export function createIdentityNetwork(fetch: Fetch, clock: Clock): IdentityNetwork {
  let slowedMs = 0;
  let refusal: { error: string; description: string } | undefined;
  let failure: unknown;

  async function send<T>(method: string, url: string, options?: NetworkRequestOptions) {
    // While somebody types a code, a hiccup must not make the code worthless.
    const waits = /(^|&)device_code=/.test(options?.body ?? '');
    if (waits && slowedMs > 0) await sleep(clock, slowedMs);
    try {
      const answer = await request<T>(method, url, options);
      const { error, error_description: description = '' } = (answer.body ?? {}) as Record<string, string>;
      if (error === 'slow_down' && waits) {
        slowedMs += slowerByMs;
        return { ...answer, body: pending as T };
      }
      if (error && error !== 'authorization_pending') refusal = { error, description };
      return answer;
    } catch (error) {
      failure = error;
      if (waits) return { headers: {}, status: 400, body: pending as T };
      throw error;
    }
  }

  async function request<T>(method: string, url: string, options?: NetworkRequestOptions) {
    const response = await fetch(url, {
      method,
      headers: options?.headers ?? {},
      ...(options?.body ? { body: options.body } : {}),
    });
    // Thrown and not returned: MSAL would refuse the same request by itself for a minute or more.
    if (response.status === 429 || response.status >= 500) {
      throw new IdentityBusy(response.status, retryAfterOf(response.headers));
    }
    const text = await response.text();
    return { headers: Object.fromEntries(response.headers), status: response.status, body: parse(text) as T };
  }

  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
    lastRefusal: () => refusal,
    lastFailure: () => failure,
    reset() {
      refusal = undefined;
      failure = undefined;
      slowedMs = 0;
    },
  };
}

const pending = { error: 'authorization_pending', error_description: '' };

/** @throws IdentityBusy: what is no JSON comes from a gateway before the identity platform */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new IdentityBusy(502, undefined);
  }
}
