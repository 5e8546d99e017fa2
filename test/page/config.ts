/** A configuration as the bridge serves and changes it, for the tests that edit it. */
import type { Asked, Reply, Routes } from './mock.ts';

export function createConfig() {
  let version = 1;
  const value: Record<string, unknown> = {
    microsoft: { tenant: 'contoso.onmicrosoft.com', clientId: '11111111-2222-3333-4444-555555555555' },
    source: { mode: 'auto', pollSeconds: 15, reconcileSeconds: 60, staleAfterSeconds: 120 },
    people: [
      { id: 'alice', user: 'alice@contoso.com', name: 'Alice Ng', share: 'full' },
      { id: 'bob', user: 'bob@contoso.com', name: 'Bob Okafor', share: 'status' },
    ],
    lights: [
      {
        id: 'door-alice',
        kind: 'espruino',
        name: 'Room 204',
        shows: ['alice'],
        combine: 'busiest',
        brightness: 1,
      },
      { id: 'phone', kind: 'page', name: 'Room 206', shows: ['bob'], combine: 'busiest', brightness: 1 },
    ],
    quiet: [{ lights: 'all', zone: 'Europe/Berlin', days: ['mon-fri'], dark: '19:00-07:30' }],
    notify: [],
    looks: {},
    colorBlind: false,
    web: { timeline: false },
  };
  const config = {
    value,
    editable: true,
    why: undefined as string | undefined,
    refuse: undefined as Reply | undefined,
  };
  const etag = () => `"${version}"`;
  const answer = (): Reply => ({
    body: {
      value,
      file: 'doorlight.yaml',
      etag: etag(),
      editable: config.editable,
      restart: [],
      ...(config.why ? { why: config.why } : {}),
    },
    headers: { etag: etag() },
  });

  /** Sets a value at its path, as a PATCH or another browser does. */
  function set(path: string, to: unknown): void {
    const steps = path.split('/');
    const last = steps.pop()!;
    let at: unknown = value;
    for (const step of steps) at = entry(at, step);
    (at as Record<string, unknown>)[last] = to;
    version += 1;
  }

  const routes: Routes = {
    'GET /api/updates': { body: { update: null } },
    'GET /api/config': answer,
    'PATCH /api/config': ({ body, headers }: Asked) => {
      if (config.refuse) return config.refuse;
      if (headers['if-match'] !== etag()) return { status: 412, body: { error: 'Changed.', stale: true } };
      for (const { path, value: to } of (body as { changes: { path: string; value: unknown }[] }).changes)
        set(path, to);
      return answer();
    },
  };
  return { ...config, config, routes, set, etag, value };
}

function entry(at: unknown, step: string): unknown {
  return Array.isArray(at)
    ? at.find(({ id }: { id: string }) => id === step)
    : (at as Record<string, unknown>)[step];
}
