/** The configuration as the page edits it: read with its version, changed only on top of the version that was read. */
import type { ConfigView } from '../../../../protocol/api.ts';
import { type Answer, ask, type Refusal } from './api.ts';

/** `path` as in `lights/door-204/brightness`; a value of null removes. */
export interface Change {
  path: string;
  value: unknown;
}

export type Saved =
  | { ok: true; config: ConfigView }
  | { ok: false; refusal: Refusal }
  /** Somebody else changed the same: what is there now, by path. */
  | { ok: false; conflict: ConfigView };

const tries = 3;

export async function readConfig(): Promise<Answer<ConfigView>> {
  return await ask<ConfigView>('/api/config');
}

/**
 * Saves changes that were made looking at `base`. When the file changed meanwhile, but not where these changes
 * are, they are put on top of it; when it did change there, nothing is written and the newer file comes back.
 */
export async function saveChanges(base: ConfigView, changes: readonly Change[]): Promise<Saved> {
  let on = base;
  for (let left = tries; ; left--) {
    const answer = await ask<ConfigView>('/api/config', {
      method: 'PATCH',
      body: { changes },
      etag: on.etag,
    });
    if (answer.ok) return { ok: true, config: answer.value };
    if (answer.status !== 412 || left === 0) return { ok: false, refusal: answer };
    const newer = await readConfig();
    if (!newer.ok) return { ok: false, refusal: newer };
    const same = ({ path }: Change) => alike(valueAt(base.value, path), valueAt(newer.value.value, path));
    if (!changes.every(same)) return { ok: false, conflict: newer.value };
    on = newer.value;
  }
}

type Tree = { [key: string]: unknown } | readonly unknown[] | null | undefined;

/** What stands at a path; in a list the step is the entry's `id` (or `username`). */
export function valueAt(tree: unknown, path: string): unknown {
  let at = tree as Tree;
  for (const step of path.split('/')) {
    at = (
      Array.isArray(at)
        ? at.find((entry: Record<string, unknown>) => (entry['id'] ?? entry['username']) === step)
        : (at as Record<string, unknown> | undefined)?.[step]
    ) as Tree;
  }
  return at;
}

export const alike = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

type Naming = Record<string, unknown> & { id?: string };

/** The changes that remove an entry, and take its id from all that names it; what would name nobody then goes, too. */
export function removal({ value }: ConfigView, path: string): Change[] {
  const [list, id] = path.split('/') as [string, string];
  const rest = (name: string, key: string) => {
    const entries = (value[name] as Naming[] | undefined) ?? [];
    const named = (entry: Naming) => (Array.isArray(entry[key]) ? (entry[key] as string[]) : []);
    const without = (entry: Naming) => named(entry).filter((one) => one !== id);
    return { entries, without, touched: entries.filter((entry) => named(entry).includes(id)) };
  };
  const whole = (name: string, key: string): Change[] => {
    const { entries, without, touched } = rest(name, key);
    if (touched.length === 0) return [];
    const kept = entries.flatMap((entry) =>
      !touched.includes(entry)
        ? [entry]
        : without(entry).length > 0
          ? [{ ...entry, [key]: without(entry) }]
          : [],
    );
    return [{ path: name, value: kept }];
  };
  const shows = rest('lights', 'shows');
  const inUse =
    list === 'lights'
      ? whole('quiet', 'lights')
      : [
          ...shows.touched.map((light) => ({
            path: `lights/${light.id}/shows`,
            value: shows.without(light),
          })),
          ...whole('notify', 'people'),
        ];
  return [...inUse, { path, value: null }];
}

/** Entries of a list of the configuration. */
export function listOf<Entry = { id: string; name?: string }>(config: ConfigView, name: string): Entry[] {
  return (config.value[name] as Entry[] | undefined) ?? [];
}

/** An id from a name: `Zoë Ng` is `zoe-ng`; with a number where that is taken. */
export function idFor(name: string, taken: readonly string[]): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  const base = plain || 'x';
  let id = base;
  for (let next = 2; taken.includes(id); next++) id = `${base}-${next}`;
  return id;
}
