/** Sign-in by device code: one code is on offer until somebody used it. */
import type { AuthenticationResult, DeviceCodeRequest, PublicClientApplication } from '@azure/msal-node';
import { type Clock, sleep } from '../../../protocol/clock.ts';
import type { DevicePrompt } from '../../../protocol/sign-in.ts';

/** Between two device codes that came to nothing. */
const retryMs = 10_000;
const longestRetryMs = 5 * 60_000;

export interface DeviceCodeSignIn {
  /** Offers codes until one is used or `stop`; more than one call is one offer. */
  ask(): void;
  stop(): void;
}

export function createDeviceCodeSignIn(options: {
  application: PublicClientApplication;
  scopes: string[];
  clock: Clock;
  onPrompt: (prompt: DevicePrompt) => void;
  /** Resolves with whether this sign-in is taken; else another code is offered. */
  onResult: (result: AuthenticationResult) => Promise<boolean>;
  /** A code came to nothing; resolves with whether another may help soon. */
  onFailure: (error: unknown) => boolean;
}): DeviceCodeSignIn {
  const { application, scopes, clock } = options;
  const stopping = new AbortController();
  let asking: DeviceCodeRequest | undefined;

  async function offer(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const done = await offerOnce();
      if (done === 'taken' || stopping.signal.aborted) break;
      failures = done === 'again' ? 0 : failures + 1;
      await sleep(clock, Math.min(longestRetryMs, retryMs * 2 ** failures), stopping.signal);
    }
    asking = undefined;
  }

  async function offerOnce(): Promise<'taken' | 'again' | 'failed'> {
    const request: DeviceCodeRequest = {
      scopes,
      deviceCodeCallback({ userCode, verificationUri, expiresIn }) {
        const expiresAt = new Date(clock.now() + expiresIn * 1000).toISOString();
        options.onPrompt({ userCode, verificationUri, expiresAt });
      },
    };
    asking = request;
    try {
      const result = await application.acquireTokenByDeviceCode(request);
      return result?.account && (await options.onResult(result)) ? 'taken' : 'again';
    } catch (error) {
      if (stopping.signal.aborted) return 'failed';
      return options.onFailure(error) ? 'again' : 'failed';
    }
  }

  return {
    ask() {
      if (!asking && !stopping.signal.aborted) void offer();
    },
    stop() {
      stopping.abort();
      if (asking) asking.cancel = true;
    },
  };
}
