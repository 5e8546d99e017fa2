import type { Clock } from '../../protocol/clock.ts';

export interface GraphStandInOptions {
  clock: Clock;
  /** 0 to 1, as Math.random, which is the default. Drives the day and the life of access tokens. */
  random?: () => number;
  /** Address that the https server listens on; by default 127.0.0.1. The control API is always on 127.0.0.1. */
  host?: string;
  /** 0 = any free one, which is then kept for later starts. */
  port: number;
  controlPort: number;
  /** Where `graph-ca.pem` is written; made if it is not there. */
  dataDir: string;
  /** Plays the scripted day. */
  day?: boolean;
  /** ms from a change to its notification; by default 50. Changes within it share a POST. */
  latencyMs?: number;
  log?: (line: string) => void;
  /** Every sign-in is approved at once: `true` for the service account, or a user principal name. */
  autoApprove?: boolean | string;
  /** Seconds between two polls of a device code; by default 5, fractions allowed. */
  deviceInterval?: number;
  /** Seconds that an access token lives; by default 3600 to 5400 at random. */
  accessTokenSeconds?: number;
  /** Roles of app-only tokens; by default those that read presence, users and groups. */
  appRoles?: readonly string[];
  /** Form of the validation tokens; by default 1.0, which an app registration has unless it is changed. */
  validationTokenVersion?: '1.0' | '2.0';
  /**
   * Whether rich notifications carry out of office and the sequence number, and a change of out of office alone
   * notifies. Microsoft documents it neither way; by default true.
   */
  everyProperty?: boolean;
  /** PEM of an authority that is trusted for https notification URLs besides the public ones. */
  webhookCa?: string;
}

/** The options with their defaults. */
export type Settings = Required<Omit<GraphStandInOptions, 'webhookCa' | 'accessTokenSeconds'>> &
  Pick<GraphStandInOptions, 'webhookCa' | 'accessTokenSeconds'>;

export function settingsOf(options: GraphStandInOptions): Settings {
  return {
    random: Math.random,
    host: '127.0.0.1',
    day: false,
    latencyMs: 50,
    log: () => {},
    autoApprove: false,
    deviceInterval: 5,
    appRoles: ['Presence.Read.All', 'User.ReadBasic.All', 'GroupMember.Read.All'],
    validationTokenVersion: '1.0',
    everyProperty: true,
    ...options,
  };
}
