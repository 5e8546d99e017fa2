import { randomUUID } from 'node:crypto';
import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import type { Clock } from '../../protocol/clock.ts';

export interface SigningKeys {
  /** The public keys, newest first, as `/discovery/v2.0/keys` shows them. */
  jwks(): JSONWebKeySet;
  /** Signs with the newest key. `iat`, `nbf` and `exp` are set from the clock; `lifetime` is in seconds. */
  sign(claims: JWTPayload, lifetime: number): Promise<string>;
  /** The claims of a token that one of these keys signed and that has not expired; throws otherwise. */
  verify(token: string, audience: string): Promise<JWTPayload>;
  /** Signs with a fresh key from now on; what older keys signed stays good, as after Entra's key roll-over. */
  rotate(): Promise<void>;
}

/** The RS256 keys of the identity platform. */
export async function createSigningKeys(clock: Clock): Promise<SigningKeys> {
  async function makeKey() {
    const pair = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
    const kid = randomUUID().replaceAll('-', '');
    const jwk = { ...(await exportJWK(pair.publicKey)), kid, use: 'sig', alg: 'RS256' };
    return { kid, jwk, privateKey: pair.privateKey };
  }

  const keys = [await makeKey()];
  const jwks = (): JSONWebKeySet => ({ keys: keys.map((key) => key.jwk) });

  return {
    jwks,
    sign(claims, lifetime) {
      const key = keys[0]!;
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT({ iat: now, nbf: now, exp: now + lifetime, ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.kid })
        .sign(key.privateKey);
    },
    async verify(token, audience) {
      const currentDate = new Date(clock.now());
      const checks = { audience, currentDate, algorithms: ['RS256'] };
      return (await jwtVerify(token, createLocalJWKSet(jwks()), checks)).payload;
    },
    async rotate() {
      keys.unshift(await makeKey());
    },
  };
}
