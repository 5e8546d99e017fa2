/** The state of a sign-in to Microsoft, as the page, the terminal and the bridge speak of it. */

/** What a person must do to sign in by device code: open the page, enter the code. */
export interface DevicePrompt {
  userCode: string;
  verificationUri: string;
  /** ISO-8601 */
  expiresAt: string;
}

export type TroubleKind =
  | 'revoked'
  | 'expired'
  | 'conditional-access'
  | 'consent'
  | 'admin-approval'
  | 'declined'
  | 'account'
  | 'app'
  | 'secret'
  | 'busy'
  | 'other';

/** Why a sign-in failed or ended. No user name or address is in it. */
export interface Trouble {
  kind: TroubleKind;
  /** Entra's code such as AADSTS50173; empty when there was none. */
  code: string;
  means: string;
  /** What to do next, as a sentence. */
  next: string;
}

export interface SignInState {
  /** Its name in the configuration (`microsoft.accounts`). */
  account: string;
  way: 'device-code' | 'browser' | 'app';
  /** `expiring`: it works still, and will not for long unless somebody does what `trouble.next` says. */
  status: 'ok' | 'needed' | 'expiring';
  /** Who is signed in, for the person who did it; never in logs or topics. */
  username?: string;
  tenantId?: string;
  prompt?: DevicePrompt;
  /**
   * Who signed in, until somebody says that this is the account to use. By browser, or by device code when another
   * user was signed in before, nothing is taken until then; the first sign-in by device code works meanwhile.
   */
  toConfirm?: string;
  trouble?: Trouble;
}
