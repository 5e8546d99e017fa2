/** Faults that a test or a visitor orders over the control API, and the book of those that are active. */

export const areas = ['token', 'me', 'users', 'groups', 'presence', 'subscriptions', 'all'] as const;
export type FaultArea = (typeof areas)[number];

export const forgeries = ['clientState', 'signature', 'validationToken', 'audience'] as const;
export type Forgery = (typeof forgeries)[number];

/** Bodies that no client expects behind a 200. */
export const bodies = ['empty', 'malformed', 'huge', 'null', 'list', 'wrong'] as const;
export type OddBody = (typeof bodies)[number];

type Kind = 'request' | 'token' | 'notification' | 'once';

interface Fields {
  status?: number;
  retryAfter?: number;
  on?: FaultArea;
  times?: number;
  delayMs?: number;
  part?: Forgery;
  body?: OddBody;
  user?: string;
  accessTokens?: boolean;
  code?: number;
  error?: string;
}

export interface Fault extends Fields {
  id: number;
  fault: FaultName;
  /** How many requests or notifications it has hit. */
  hits: number;
}

/** What each fault acts on, and the fields it takes besides `fault`. README.md has the same table in words. */
const faults = {
  status: { acts: 'request', needs: ['status'], takes: ['retryAfter', 'on', 'times'] },
  html: { acts: 'request', needs: [], takes: ['status', 'on', 'times'] },
  hang: { acts: 'request', needs: [], takes: ['on', 'times'] },
  body: { acts: 'request', needs: ['body'], takes: ['on', 'times'] },
  reset: { acts: 'request', needs: [], takes: ['on', 'times'] },
  lost: { acts: 'notification', needs: [], takes: ['times'] },
  repeated: { acts: 'notification', needs: [], takes: ['times'] },
  late: { acts: 'notification', needs: [], takes: ['delayMs', 'times'] },
  reordered: { acts: 'notification', needs: [], takes: ['times'] },
  forged: { acts: 'notification', needs: ['part'], takes: ['times'] },
  silent: { acts: 'once', needs: [], takes: [] },
  vanish: { acts: 'once', needs: [], takes: [] },
  revoked: { acts: 'once', needs: [], takes: ['user', 'accessTokens'] },
  entra: { acts: 'token', needs: ['code'], takes: ['error', 'times'] },
} as const satisfies Record<string, { acts: Kind; needs: (keyof Fields)[]; takes: (keyof Fields)[] }>;

export type FaultName = keyof typeof faults;

const statuses = [401, 403, 404, 409, 410, 429, 500, 502, 503, 504];

/** What a field may hold, in words for the error, and the test for it. */
const fields: Record<keyof Fields, { must: string; test: (value: unknown) => boolean }> = {
  status: { must: `one of ${statuses.join(', ')}`, test: (value) => statuses.includes(value as number) },
  retryAfter: { must: 'a whole number of seconds, 0 to 3600', test: (value) => whole(value, 0, 3600) },
  on: { must: `one of ${areas.join(', ')}`, test: (value) => areas.includes(value as FaultArea) },
  times: { must: 'a whole number, 1 to 1000000', test: (value) => whole(value, 1, 1_000_000) },
  delayMs: {
    must: 'a whole number of milliseconds, 1 to 14400000',
    test: (value) => whole(value, 1, 14_400_000),
  },
  part: { must: `one of ${forgeries.join(', ')}`, test: (value) => forgeries.includes(value as Forgery) },
  body: { must: `one of ${bodies.join(', ')}`, test: (value) => bodies.includes(value as OddBody) },
  user: {
    must: 'an object id, a user principal name or a nickname',
    test: (value) => typeof value === 'string',
  },
  accessTokens: { must: 'true or false', test: (value) => typeof value === 'boolean' },
  code: { must: 'a number of an AADSTS error', test: (value) => whole(value, 1, 99_999_999) },
  error: { must: 'an OAuth error such as invalid_grant', test: (value) => typeof value === 'string' },
};

export interface Faults {
  /** Checks the body and makes the fault active; throws an Error with one plain sentence. */
  add(body: unknown): Fault;
  list(): Fault[];
  clear(): void;
  /** The oldest active fault for a request in this area; it counts as used. */
  forRequest(area: FaultArea | undefined): Fault | undefined;
  /** The oldest active fault for a notification; it counts as used. */
  forNotification(): Fault | undefined;
  /** Calls `run` at the next clear; the result takes that back. */
  onClear(run: () => void): () => void;
}

/** An empty book of faults. A fault without `times` stays until it is cleared. */
export function createFaults(): Faults {
  const active: Fault[] = [];
  const clearing = new Set<() => void>();
  let sequence = 0;

  function use(fault: Fault | undefined): Fault | undefined {
    if (!fault) return undefined;
    fault.hits++;
    if (fault.times !== undefined && fault.hits >= fault.times) active.splice(active.indexOf(fault), 1);
    return fault;
  }

  return {
    add(body) {
      const fault: Fault = { id: ++sequence, hits: 0, ...checkFault(body) };
      if (faults[fault.fault].acts !== 'once') active.push(fault);
      return fault;
    },
    list: () => active.map((fault) => ({ ...fault })),
    clear() {
      active.length = 0;
      for (const run of [...clearing]) run();
      clearing.clear();
    },
    forRequest: (area) =>
      use(
        active.find(
          ({ fault, on = 'all' }) =>
            (faults[fault].acts === 'request' && (on === 'all' || on === area)) ||
            (faults[fault].acts === 'token' && area === 'token'),
        ),
      ),
    forNotification: () => use(active.find(({ fault }) => faults[fault].acts === 'notification')),
    onClear(run) {
      clearing.add(run);
      return () => clearing.delete(run);
    },
  };
}

function checkFault(body: unknown): Fields & { fault: FaultName } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Error('A fault is a JSON object such as {"fault":"status","status":429}.');
  }
  const { fault, ...given } = body as Record<string, unknown>;
  if (typeof fault !== 'string' || !Object.hasOwn(faults, fault)) {
    throw new Error(`"fault" must be one of ${Object.keys(faults).join(', ')}.`);
  }
  const name = fault as FaultName;
  const needs: readonly string[] = faults[name].needs;
  const known: readonly string[] = [...needs, ...faults[name].takes];
  for (const key of needs) {
    if (!(key in given)) throw new Error(`The fault "${name}" needs "${key}".`);
  }
  for (const [key, value] of Object.entries(given)) {
    if (!known.includes(key)) {
      const list = known.length === 0 ? 'nothing else' : known.join(', ');
      throw new Error(`The fault "${name}" does not take "${key}"; it takes ${list}.`);
    }
    const field = fields[key as keyof Fields];
    if (!field.test(value)) throw new Error(`"${key}" must be ${field.must}.`);
  }
  return { fault: name, ...(given as Fields) };
}

function whole(value: unknown, low: number, high: number): boolean {
  return Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
}
