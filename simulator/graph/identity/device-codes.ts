import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../protocol/clock.ts';
import type { User } from '../directory.ts';
import { OAuthError } from './oauth-error.ts';
import type { AskedScopes } from './scopes.ts';

interface Pending {
  clientId: string;
  scopes: AskedScopes;
  userCode: string;
  expiresAt: number;
  /** Seconds between two polls; grows by 5 at each slow_down (RFC 8628 section 3.5). */
  interval: number;
  polledAt: number;
  answer: User | 'declined' | undefined;
}

export interface DeviceCodes {
  /** Opens a device-code sign-in; `answer` is a user who has approved it already. */
  open(clientId: string, scopes: AskedScopes, answer?: User): { deviceCode: string; userCode: string };
  /** The approved sign-in; throws authorization_pending, slow_down and the rest. Good once. */
  poll(deviceCode: string | undefined, clientId: string): { user: User; scopes: AskedScopes };
  /** Approves or declines by the code that the user reads; false if no such code waits. */
  answer(userCode: string, answer: User | 'declined'): boolean;
}

/** Seconds that a device code lives ("device authorization grant flow"). */
export const deviceCodeSeconds = 900;

// Letters and digits that are not taken for one another.
const alphabet = 'BCDFGHJKLMNPQRSTVWXYZ23456789';

/** The sign-ins that wait for somebody to enter a code. `interval` is in seconds. */
export function createDeviceCodes(clock: Clock, interval: number): DeviceCodes {
  const codes = new Map<string, Pending>();

  return {
    open(clientId, scopes, answer) {
      const deviceCode = randomBytes(48).toString('base64url');
      const userCode = [...randomBytes(9)].map((byte) => alphabet[byte % alphabet.length]).join('');
      const expiresAt = clock.monotonic() + deviceCodeSeconds * 1000;
      codes.set(deviceCode, {
        ...{ clientId, scopes, userCode, expiresAt, interval, answer },
        polledAt: Number.NEGATIVE_INFINITY,
      });
      return { deviceCode, userCode };
    },
    poll(deviceCode, clientId) {
      const pending = deviceCode === undefined ? undefined : codes.get(deviceCode);
      if (!deviceCode || !pending || pending.clientId !== clientId) {
        throw new OAuthError('bad_verification_code', 70018, 'The device_code was not recognized.');
      }
      const now = clock.monotonic();
      if (now >= pending.expiresAt) {
        throw new OAuthError('expired_token', 70020, 'The provided device code has expired.');
      }
      if (pending.answer === 'declined') {
        throw new OAuthError('authorization_declined', 70017, 'The user denied the authorization request.');
      }
      // A fifth of grace: a client's timer and the network are not exact.
      const early = now - pending.polledAt < pending.interval * 800;
      pending.polledAt = now;
      if (pending.answer) {
        codes.delete(deviceCode);
        return { user: pending.answer, scopes: pending.scopes };
      }
      if (early) {
        pending.interval += 5;
        throw new OAuthError('slow_down', 70019, 'The device polls more often than the interval allows.');
      }
      throw new OAuthError('authorization_pending', 70016, 'The user has not yet entered the code.');
    },
    answer(userCode, answer) {
      const wanted = userCode.replaceAll(/[\s-]/g, '').toUpperCase();
      for (const pending of codes.values()) {
        if (pending.userCode !== wanted || pending.answer || clock.monotonic() >= pending.expiresAt) continue;
        pending.answer = answer;
        return true;
      }
      return false;
    },
  };
}
