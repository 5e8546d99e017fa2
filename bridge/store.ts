/** Small durable state: JSON files in the data directory, 0600, replaced atomically. */
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';

export interface Store {
  /** Where the files are, for the parts that need a path of their own (a socket, a certificate). */
  path(name: string): string;
  /** The text of a file, or nothing when there is none. */
  readText(name: string): string | undefined;
  /** The parsed file; nothing when there is none. One that is damaged, or not `good`, is put aside as NAME.broken. */
  read<T>(name: string, good: (value: T) => boolean): T | undefined;
  /** Replaces the file; the old one stays whole until the new one is. */
  write(name: string, value: unknown): Promise<void>;
  writeText(name: string, text: string): Promise<void>;
}

/** The data directory cannot be used. */
export class StoreError extends Error {}

/**
 * Opens (and makes, 0700) a data directory.
 * @throws StoreError when it cannot be written
 */
export function openStore(directory: string): Store {
  const path = (name: string) => join(directory, name);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileAtomic.sync(path('.probe'), '', { mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isFile = code === 'EEXIST' || code === 'ENOTDIR';
    throw new StoreError(
      isFile
        ? `The data directory ${directory} cannot be written: it is a file. Name a directory with --data.`
        : `The data directory ${directory} cannot be written (${code}): make it writable for this user, or name another with --data.`,
    );
  }

  function readText(name: string): string | undefined {
    try {
      return readFileSync(path(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new StoreError(`${path(name)} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
    }
  }

  const writeText = (name: string, text: string) => writeFileAtomic(path(name), text, { mode: 0o600 });

  return {
    path,
    readText,
    writeText,
    read<T>(name: string, good: (value: T) => boolean) {
      const text = readText(name);
      if (text === undefined) return undefined;
      try {
        const value = JSON.parse(text) as T;
        if (good(value)) return value;
      } catch {
        // As with a wrong shape: what a half-dead card left behind must not keep the bridge from starting.
      }
      renameSync(path(name), path(`${name}.broken`));
      return undefined;
    },
    write: (name, value) => writeText(name, `${JSON.stringify(value, null, 2)}\n`),
  };
}
