/** Updates over the air as others see them: on `bridge/response/updates`, in the API, on the page. */

export type LampUpdateState =
  /** Its turn has not come, or it is looked for. */
  | 'waiting'
  | 'sending'
  /** It has all, has restarted, and must say so itself. */
  | 'proving'
  | 'done'
  /** Left alone, for the reason in `error`; no failure. */
  | 'skipped'
  | 'failed';

export interface LampUpdate {
  light: string;
  state: LampUpdateState;
  /** Bytes of the app that the lamp has, of `bytes` in all. */
  sent: number;
  /** The version that it had. */
  from: string | null;
  error: string | null;
}

export interface Rollout {
  id: string;
  /** The version that the lamps are to have. */
  version: string;
  bytes: number;
  force: boolean;
  startedAt: string;
  /** `stopped`: after a failure, or by hand; lamps whose turn had not come are as they were. */
  state: 'running' | 'done' | 'stopped';
  lamps: LampUpdate[];
}

/** What became of a lamp's new settings: `undone` when it did not find the bridge with them and went back. */
export type ConfigOutcome = 'kept' | 'undone' | 'refused' | 'silent';

export interface ConfigChange {
  light: string;
  startedAt: string;
  state: 'trying' | ConfigOutcome;
  /** In a sentence, for all but `trying` and `kept`. */
  error: string | null;
}

/** What the page asks for when it has a board flashed. */
export interface FlashRequest {
  port: string;
  /** Without it the lamp opens its set-up network. */
  wifi?: { ssid: string; password?: string };
  /** Where the bridge is; nothing: the lamp asks by broadcast. */
  bridge?: string;
  /** The lamp's account on a user's own broker. */
  account?: { username: string; password: string };
  /** Takes a board, a version or a pin that is not known to work. */
  force?: boolean;
}

export interface FlashJob {
  id: string;
  light: string;
  port: string;
  /** `waiting`: for the lamp to come online. */
  state: 'connect' | 'upload' | 'settings' | 'restart' | 'waiting' | 'done' | 'failed';
  /** Bytes on the board, of `total`. */
  done: number;
  total: number;
  board: { board: string; version: string; free: number } | null;
  /** The network that the lamp opens when it finds no other; shown to whoever flashes it. */
  setup: { ssid: string; password: string } | null;
  /** A code for the page, and sentences with the next step for the user. */
  error: { code: string; message: string } | null;
}
