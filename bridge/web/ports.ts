/** What routes need of the rest of the bridge; bridge.ts gives it to the web listener. */
import type { ConfigView, FoundPerson, LampView, MeView } from '../../protocol/api.ts';
import type { SignInState } from '../../protocol/sign-in.ts';

export interface Change {
  path: string;
  value: unknown;
}

export type ChangeOutcome =
  | { ok: true; minted: NonNullable<ConfigView['minted']> }
  | { ok: false; refused: 'wrong'; error: string; fields: { path: string; message: string }[] }
  | { ok: false; refused: 'stale' | 'read-only'; error: string };

/** The configuration file; absent on a bridge without one, as in tests. */
export interface ConfigPort {
  view(): Omit<ConfigView, 'minted'>;
  schema: object;
  check(changes: readonly Change[]): ChangeOutcome;
  change(changes: readonly Change[], etag: string): Promise<ChangeOutcome>;
}

export interface MicrosoftPort {
  states(): SignInState[];
  find(account: string): MicrosoftAccount | undefined;
  /** @throws Error in words for the person who signs in */
  finish(answer: BackQuery): Promise<string>;
  status(): object;
  counters(): object;
  /** @throws SearchRefused */
  search(text: string): Promise<FoundPerson[]>;
}

export interface MicrosoftAccount {
  begin(redirectUri: string): Promise<string>;
  confirm(take: boolean): Promise<boolean>;
  forget(): Promise<void>;
}

export interface BackQuery {
  state?: string;
  code?: string;
  error?: string;
  error_description?: string;
}

export interface TenantAsked {
  tenant: string;
  clientId: string;
  cloud: 'global' | 'usgov' | 'dod';
  signIn: 'device-code' | 'browser' | 'app';
  authorityUrl?: string;
  caFile?: string;
}

/** What must be clicked in Entra. */
export interface Registration {
  permissions: { name: string; type: 'delegated' | 'application'; why: string; adminConsent: boolean }[];
  portalUrl: string;
  /** Nothing before there is a tenant and a client id. */
  consentUrl: string | null;
}

export interface SetUpPort {
  registration(): Registration;
  /** Asks Microsoft whether there is such a tenant; saves nothing. */
  checkTenant(
    asked: TenantAsked,
  ): Promise<({ ok: true; tenantId: string } & Registration) | { ok: false; field: string; error: string }>;
}

/** A person's own say, stronger than the configuration where it shares less. */
export interface SayPort {
  me(person: string): MeView | undefined;
  /** The answer is why not. */
  setShare(person: string, share: 'full' | 'status' | 'busy-free' | null): Promise<string | undefined>;
  /** @param length an ISO-8601 duration; nothing ends the pause. The answer is why not. */
  pause(person: string, length: string | undefined): Promise<string | undefined>;
  setLeft(person: string, left: boolean): Promise<void>;
  onChange(listener: (person: string) => void): () => void;
}

/** Phones as lamps: lights of kind `page`. */
export interface PagePort {
  lamp(light: string): LampView | undefined;
  /** A page is open; the result ends that. */
  attach(light: string, hear: (event: 'lamp' | 'alive' | 'identify', data: unknown) => void): () => void;
  /** What it says it shows; false when that is no state. */
  state(light: string, state: unknown): boolean;
}

/** One metric of Prometheus; no person is in a label. */
export interface Metric {
  name: string;
  help: string;
  type: 'gauge' | 'counter' | 'histogram';
  values: { suffix?: string; labels?: Record<string, string>; value: number }[];
}
