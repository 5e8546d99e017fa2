/** What will end a sign-in that is good still, said early enough to do something. */
import type { Trouble } from '../../../protocol/sign-in.ts';
import type { MicrosoftConfig } from '../../config/schema.ts';
import { openCertificate } from './msal.ts';

const dayMs = 86_400_000;
/** A refresh token ends when it is not used for 90 days (Microsoft Learn, "Refresh tokens"); warned of this early. */
const idleDays = 60;
/** A certificate's end is said this early. */
const certificateDays = 30;

/** @param unusedMs since the refresh token was last used */
export function idleTrouble(unusedMs: number): Trouble | undefined {
  const days = Math.floor(unusedMs / dayMs);
  if (days < idleDays) return undefined;
  return {
    kind: 'expired',
    code: '',
    means: `the sign-in was not used for ${days} days and ends after 90`,
    next: "Check this machine's way to the identity platform.",
  };
}

/** @throws ConfigError when the certificate cannot be read */
export function certificateTrouble({ clientCertificate }: MicrosoftConfig, now: number): Trouble | undefined {
  if (!clientCertificate) return undefined;
  const days = Math.floor((Date.parse(openCertificate(clientCertificate.cert).validTo) - now) / dayMs);
  if (days >= certificateDays) return undefined;
  return {
    kind: 'secret',
    code: '',
    means: days < 0 ? 'the certificate has ended' : `the certificate ends in ${days} days`,
    next: 'Make a new one, upload it to the app registration, and name it in microsoft.clientCertificate.',
  };
}
