/**
 * What the identity platform refuses with, told apart (Microsoft Learn, "Microsoft Entra authentication and
 * authorization error codes").
 */
import type { Trouble, TroubleKind } from '../../../protocol/sign-in.ts';

const again = 'Sign in again.';
const register = 'app registration in the Entra admin center';

type Row = readonly [kind: TroubleKind, means: string, next: string];

const changed: Row = ['revoked', 'the password was changed or the sign-in was revoked', again];
const strong: Row = ['conditional-access', 'the tenant asks for a second factor', again];
const device: Row = [
  'conditional-access',
  'a Conditional Access policy wants a managed device',
  'Ask an administrator to exempt this account, or use signIn: app.',
];
const noTenant: Row = [
  'app',
  'this tenant does not exist',
  'Check microsoft.tenant and microsoft.cloud in the configuration.',
];
const adminNeeded: Row = [
  'admin-approval',
  'an administrator must approve the application first',
  `Ask an administrator to grant consent under API permissions of the ${register}, then sign in.`,
];
const rejectedProof: Row = [
  'secret',
  'the certificate or its signature was refused',
  `Upload the certificate of microsoft.clientCertificate to the ${register}, and check this machine's clock.`,
];

const rows: Readonly<Record<number, Row>> = {
  50173: changed,
  50133: changed,
  70000: ['revoked', 'the stored sign-in is not valid any more', again],
  700082: ['expired', 'the sign-in was not used for 90 days', again],
  700084: ['expired', 'the stored sign-in has reached its end', again],
  70008: ['expired', 'the sign-in has expired', again],
  70043: [
    'expired',
    'a Conditional Access policy on sign-in frequency ended the sign-in',
    'Sign in again, and ask an administrator to exempt this account from that policy.',
  ],
  70020: ['expired', 'the code was not used in time', 'Use the new code.'],
  50072: strong,
  50074: strong,
  50076: strong,
  50079: strong,
  50158: strong,
  53000: device,
  53001: device,
  53002: device,
  53003: [
    'conditional-access',
    'a Conditional Access policy blocks this sign-in; many tenants block device codes',
    'Use signIn: browser, or ask an administrator to exempt this account.',
  ],
  530032: [
    'conditional-access',
    'a security policy of the tenant blocks this sign-in',
    'Ask an administrator to exempt this account.',
  ],
  65001: [
    'consent',
    'the application has no consent for a permission it needs',
    'Sign in again and accept the permissions, or ask an administrator to grant them.',
  ],
  65004: ['declined', 'the permissions were declined', 'Sign in again and accept them.'],
  90094: adminNeeded,
  90095: adminNeeded,
  90093: adminNeeded,
  70017: ['declined', 'somebody declined the sign-in', 'Sign in with the new code.'],
  50034: ['account', 'the account does not exist in this tenant', 'Sign in with an account of the tenant.'],
  50020: ['account', 'the account belongs to another tenant', 'Sign in with an account of the tenant.'],
  50053: [
    'account',
    'the account is locked',
    'Wait, or ask an administrator to unlock it, then sign in again.',
  ],
  50055: ['account', 'the password of the account has expired', 'Change the password, then sign in again.'],
  50057: [
    'account',
    'the account is disabled',
    'Ask an administrator to enable it, or sign in with another.',
  ],
  50105: [
    'account',
    'the account is not assigned to the application',
    'Ask an administrator to assign it under Enterprise applications, then sign in again.',
  ],
  50011: [
    'app',
    'the address of this page is not registered for sign-in',
    `Add it as a redirect URI (platform Web) to the ${register}.`,
  ],
  500113: ['app', 'no redirect URI is registered', `Add one (platform Web) to the ${register}.`],
  70011: ['app', 'a permission is asked for that does not exist', 'Check microsoft.cloud and graphUrl.'],
  500011: ['app', 'Microsoft Graph is not known under this address', 'Check microsoft.cloud and graphUrl.'],
  700016: [
    'app',
    'the application is not known in this tenant',
    'Check microsoft.clientId and microsoft.tenant in the configuration.',
  ],
  7000112: ['app', 'the application is disabled', 'Ask an administrator to enable it.'],
  7000218: [
    'app',
    'the application wants a secret or a certificate, or is not a public client',
    `Set "Allow public client flows" to yes in the ${register}, or set clientSecret or clientCertificate.`,
  ],
  90002: noTenant,
  900023: noTenant,
  50059: noTenant,
  7000215: [
    'secret',
    'the client secret is wrong',
    'Put the value (not the id) of a current secret into microsoft.clientSecret.',
  ],
  7000222: [
    'secret',
    'the client secret has expired',
    `Make a new one in the ${register} and put it into microsoft.clientSecret.`,
  ],
  700027: rejectedProof,
  700024: rejectedProof,
  90033: ['busy', 'the identity platform is busy', 'Nothing to do: it is tried again.'],
};

/** Where there is no number, or one that nobody knows: by the OAuth error (RFC 6749, RFC 8628, OpenID Connect). */
const byError: Readonly<Record<string, Row>> = {
  invalid_grant: ['revoked', 'the sign-in is not valid any more', again],
  interaction_required: strong,
  login_required: ['expired', 'the sign-in has ended', again],
  consent_required: rows[65001]!,
  no_tokens_found: ['expired', 'there is no stored sign-in', again],
  refresh_token_expired: ['expired', 'the stored sign-in has expired', again],
  bad_token: ['revoked', 'the stored sign-in is not valid any more', again],
  access_denied: rows[65004]!,
  authorization_declined: rows[70017]!,
  expired_token: rows[70020]!,
  device_code_expired: rows[70020]!,
  invalid_client: [
    'secret',
    'the application could not prove itself',
    'Check clientSecret or clientCertificate.',
  ],
  unauthorized_client: rows[7000218]!,
};

/** Kinds that end by themselves, so nobody has to do anything. */
const passing: readonly TroubleKind[] = ['busy', 'other'];
/** Kinds that a new sign-in cannot mend: the configuration or the tenant has to change. */
const beyondPeople: readonly TroubleKind[] = ['app', 'secret', 'admin-approval'];

/** Whether a person has to act. */
export const needsPerson = (trouble: Trouble): boolean => !passing.includes(trouble.kind);
/** Whether asking for a new sign-in is of use. */
export const signInHelps = (trouble: Trouble): boolean =>
  needsPerson(trouble) && !beyondPeople.includes(trouble.kind);

/**
 * Reads an OAuth error.
 * @param error the `error` of the answer, or MSAL's errorCode
 * @param description the `error_description`, where Entra writes its number
 */
export function troubleOf(error: string, description: string): Trouble {
  const number = /AADSTS(\d+)/.exec(description)?.[1];
  const [kind, means, next] = rows[Number(number)] ??
    (Object.hasOwn(byError, error) ? byError[error] : undefined) ?? [
      'other',
      error || description || 'the identity platform refused',
      'It is tried again; if it stays, look the code up at https://login.microsoftonline.com/error.',
    ];
  return { kind, code: number ? `AADSTS${number}` : '', means, next };
}

/** One line for logs and terminals. */
export function wordsOf({ means, code, next }: Trouble): string {
  return `${means}${code ? ` (${code})` : ''}. ${next}`;
}
