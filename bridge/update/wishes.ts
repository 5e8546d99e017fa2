/** What the user wants of updates: written by the bridge, read by the updater, which believes nothing else in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UpdateWishes } from './updater.ts';

export const wishesFile = 'update-wanted.json';

/** Automatic unless somebody said otherwise; a damaged file is as none. */
export function readWishes(dataDir: string): UpdateWishes {
  try {
    return wishesOf(JSON.parse(readFileSync(join(dataDir, wishesFile), 'utf8')));
  } catch {
    return { automatic: true };
  }
}

export function wishesOf(value: unknown): UpdateWishes {
  const { automatic, putOffUntil, install } = (value ?? {}) as { [key: string]: unknown };
  const { version, askedAt } = (install ?? {}) as { [key: string]: unknown };
  return {
    automatic: automatic !== false,
    putOffUntil: isTime(putOffUntil) ? putOffUntil : null,
    install: typeof version === 'string' && isTime(askedAt) ? { version, askedAt } : null,
  };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && Number.isFinite(Date.parse(value));
}
