import { randomUUID } from 'node:crypto';
import type { SigningKeys } from '../signing-keys.ts';
import { changeTrackingAppId, tenantId } from '../tenant.ts';

export interface ValidationTokens {
  /** The `validationTokens` of a POST with rich notifications: one for each app, given by client id. */
  make(audiences: Iterable<string>): Promise<string[]>;
  /** One that no Microsoft key has signed: well-formed, with a wrong signature. */
  forge(audience: string): Promise<string>;
}

const lifetimeSeconds = 3600;

/**
 * Validation tokens of Microsoft Graph Change Tracking ("Set up change notifications that include resource data").
 * The publisher is `appid` in version 1.0, `azp` in 2.0; the issuer of 2.0 is that of the OpenID metadata.
 */
export function createValidationTokens(
  keys: SigningKeys,
  origin: () => string,
  version: '1.0' | '2.0',
): ValidationTokens {
  function sign(audience: string): Promise<string> {
    const form =
      version === '1.0'
        ? { iss: `https://sts.windows.net/${tenantId}/`, appid: changeTrackingAppId, appidacr: '2' }
        : { iss: `${origin()}/${tenantId}/v2.0`, azp: changeTrackingAppId, azpacr: '2' };
    const id = { oid: changeTrackingAppId, sub: changeTrackingAppId, uti: randomUUID() };
    return keys.sign({ aud: audience, tid: tenantId, ver: version, ...form, ...id }, lifetimeSeconds);
  }

  return {
    make: (audiences) => Promise.all([...audiences].map(sign)),
    async forge(audience) {
      const [header, claims, signature] = (await sign(audience)).split('.') as [string, string, string];
      const bytes = Buffer.from(signature, 'base64url');
      bytes[0] = bytes[0]! ^ 0xff;
      return `${header}.${claims}.${bytes.toString('base64url')}`;
    },
  };
}
