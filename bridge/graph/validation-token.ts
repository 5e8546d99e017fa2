/**
 * Proof that a rich notification comes from Microsoft Graph: the JWTs that come with it (Microsoft Learn, "Set up
 * change notifications that include resource data", validation tokens).
 */
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import type { Cloud } from './clouds.ts';
import type { Fetch } from './http.ts';

/** The application id of "Microsoft Graph Change Tracking", in every tenant. */
const changeTracking = '0bf30f3b-4a52-48df-9a82-234910c4a086';

/** Our clock and Microsoft's may differ. */
const toleranceSeconds = 300;

export interface ValidationTokens {
  /** @throws Error saying which check failed; every token must pass, and there must be one */
  check(tokens: readonly string[], tenantId: string): Promise<void>;
}

export function createValidationTokens(options: {
  cloud: Cloud;
  clientId: string;
  fetch: Fetch;
  now: () => number;
}): ValidationTokens {
  const { cloud, clientId, fetch, now } = options;
  const keys = createRemoteJWKSet(new URL(`${cloud.authority}/common/discovery/v2.0/keys`), {
    [customFetch]: (url) => fetch(url, { headers: { accept: 'application/json' } }),
  });

  async function checkOne(token: string, tenantId: string): Promise<void> {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      audience: clientId,
      currentDate: new Date(now()),
      requiredClaims: ['exp', 'iss'],
      clockTolerance: toleranceSeconds,
    });
    const version2 = payload['ver'] === '2.0';
    const caller = version2 ? payload['azp'] : payload['appid'];
    if (caller !== changeTracking) throw new Error('it was not made for Microsoft Graph Change Tracking');
    // The page shows both issuers; which one is valid follows from the token's own version.
    const issuer = version2 ? `${cloud.authority}/${tenantId}/v2.0` : `https://sts.windows.net/${tenantId}/`;
    if (payload.iss !== issuer) throw new Error('its issuer is another tenant');
  }

  return {
    async check(tokens, tenantId) {
      // Entra gives none to an application that only assigned users may use (Microsoft Learn, same page).
      if (tokens.length === 0)
        throw new Error(
          'there is no validation token (set "Assignment required?" of the enterprise application in Entra to No)',
        );
      for (const token of tokens) await checkOne(token, tenantId);
    },
  };
}
