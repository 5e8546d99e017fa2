/** What the HTTP interface speaks beside payloads.ts: errors, links, reasons. The OpenAPI document says which route takes which. */
import type { LightView, PersonView } from './payloads.ts';
import type { Show } from './show.ts';
import type { Status } from './status.ts';

/** Every refusal: one plain sentence, and where a form is wrong, where. */
export interface ApiError {
  error: string;
  /** `path` as in a change of the configuration, such as `lights/door-204/brightness`. */
  fields?: { path: string; message: string }[];
  /** What must be done before it is tried again. */
  need?: 'password' | 'sign-in' | 'consent' | 'set-up';
  /** The file cannot be written. */
  readOnly?: boolean;
  /** Somebody else changed it since. */
  stale?: boolean;
}

export interface ApiInfo {
  version: string;
  demo: boolean;
  claimed: boolean;
  signedIn: boolean;
  /** There is no microsoft: section yet. */
  setUp: boolean;
  /** The password was given a moment ago, so nothing asks for it. */
  fresh: boolean;
  tls: boolean;
  /** Somebody's status set by hand is set in Teams, too, unless one says otherwise. */
  teams: boolean;
}

export interface ConfigView {
  /** The file with defaults filled in; `${NAME}` as it stands, a secret as `********`. */
  value: Record<string, unknown>;
  file: string;
  etag: string;
  editable: boolean;
  /** Why it is not editable. */
  why?: string;
  /** A hand edit that is not in force, and why. */
  refused?: string;
  /** Keys whose change waits for the next start. */
  restart: string[];
  /** Only in the answer to a change that made new lights: what each logs in with, shown once. */
  minted?: { light: string; key?: string; username?: string; password?: string }[];
}

export interface LinkView {
  id: string;
  kind: 'person' | 'board' | 'lamp';
  /** The person, or the light. */
  of: string | null;
  name: string;
  createdAt: string;
  usedAt: string | null;
}

export interface TokenView {
  id: string;
  name: string;
  scope: 'read' | 'control' | 'admin';
  createdAt: string;
  usedAt: string | null;
}

/** One link of the chain from Microsoft to the lamp. */
export interface ChainLink {
  part: 'graph' | 'bridge' | 'rules' | 'broker' | 'lamp';
  ok: boolean;
  /** Seconds since it was last known good. */
  age: number | null;
  /** For a translation. */
  code: string;
  says: string;
  mend?: string;
}

/** `GET /api/appliance`: the machine as its owner sees it. Days and stamps are ISO-8601. */
export interface ApplianceView {
  version: string;
  supportUntil: string | null;
  /** What is new in this version. */
  changes: string[];
  /** What is wrong with the machine, one sentence each with its mend. */
  troubles: { what: string; text: string }[];
  /** Whether its Wi-Fi can be set here. */
  wifi: boolean;
  updates: {
    /** Whether this machine takes updates by itself. */
    possible: boolean;
    automatic: boolean;
    putOffUntil: string | null;
    available: { version: string; changes: string[]; supportUntil: string } | null;
    last: {
      version: string;
      at: string;
      outcome: 'installed' | 'rolled-back' | 'refused' | 'failed';
      why: string;
    } | null;
    checkedAt: string | null;
  };
}

export interface LightHealth {
  light: string;
  wrong: boolean;
  links: ChainLink[];
}

export interface MeView {
  person: PersonView;
  share: { granted: string; own: string | null; inForce: string };
  paused: { until: string } | null;
  left: boolean;
  lights: { id: string; name: string; show: Show | null }[];
}

export interface BoardView {
  name: string;
  people: PersonView[];
  lights: LightView[];
}

/** What a phone as a lamp shows. */
export interface LampView {
  id: string;
  name: string;
  show: Show | null;
  people: { name: string; status: Status; since: string; until: string | null }[];
}

export interface TimelineView {
  enabled: boolean;
  entries: { status: Status; since: string; until: string | null }[];
}

export interface FoundPerson {
  /** User principal name. */
  user: string;
  objectId: string;
  name: string;
  job: string | null;
  /** The id under people: of who is there already. */
  known: string | null;
}
