/**
 * Small durable state: JSON files in the data directory, 0600, replaced atomically and kept twice, so that neither
 * a pulled plug nor a dead sector of a card loses what was accepted.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';

export interface StoreFault {
  /** `disk`: what changes is not kept. `state`, `configuration`: a file was damaged. */
  what: 'disk' | 'state' | 'configuration';
  /** One sentence with the mend. */
  text: string;
}

export interface Store {
  /** Where the files are, for the parts that need a path of their own (a socket, a certificate). */
  path(name: string): string;
  /** The text of a file, or nothing when there is none. */
  readText(name: string): string | undefined;
  /**
   * The parsed file; nothing when there is none. One that is damaged, or not `good`, is put aside as NAME.broken,
   * and its copy is taken.
   */
  read<T>(name: string, good: (value: T) => boolean): T | undefined;
  /** Replaces the file and its copy; once it resolves, a pulled plug loses nothing of it. */
  write(name: string, value: unknown): Promise<void>;
  /** The same without a copy: for what changes often and can be had again. */
  writeText(name: string, text: string): Promise<void>;
  /** What is wrong with the card or the disk, for the page and the console. */
  faults(): StoreFault[];
  /** Somebody else found something. */
  fault(found: StoreFault): void;
  /** Tells of each fault found and mended. */
  onFault(listener: () => void): void;
}

/** The data directory cannot be used. */
export class StoreError extends Error {}

/** The disk's own trouble: the bridge runs on in memory and says so. Everything else is for the user to mend first. */
const ofDisk = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'];

/**
 * Opens (and makes, 0700) a data directory. A full or dying disk is a fault, not an end.
 * @throws StoreError when it cannot be written
 */
export function openStore(directory: string): Store {
  const path = (name: string) => join(directory, name);
  const faults = new Map<string, StoreFault>();
  const listeners: (() => void)[] = [];

  function fault(key: string, found: StoreFault): void {
    if (faults.has(key)) return;
    faults.set(key, found);
    for (const listener of listeners) listener();
  }

  function diskFault(code: string | undefined): void {
    const why = code === 'ENOSPC' || code === 'EDQUOT' ? 'is full' : `cannot be written (${code})`;
    const mend = code === 'ENOSPC' || code === 'EDQUOT' ? 'make room' : 'put in another card or disk';
    fault('disk', {
      what: 'disk',
      text: `The disk under ${directory} ${why}: what is changed now is lost at a restart; ${mend}.`,
    });
  }

  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    closeIfEmpty(directory);
    writeFileAtomic.sync(path('.probe'), '.', { mode: 0o600 });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const isFile = code === 'EEXIST' || code === 'ENOTDIR';
    if (ofDisk.includes(code)) diskFault(code);
    else
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
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      throw new StoreError(`${path(name)} cannot be read (${code}).`);
    }
  }

  /** What a half-dead card left behind must not keep the bridge from starting. */
  function parsed<T>(name: string, good: (value: T) => boolean): { value?: T; damaged: boolean } {
    try {
      const text = readText(name);
      if (text === undefined) return { damaged: false };
      const value = JSON.parse(text) as T;
      return good(value) ? { value, damaged: false } : { damaged: true };
    } catch {
      return { damaged: true };
    }
  }

  async function writeText(name: string, text: string): Promise<void> {
    try {
      await writeFileAtomic(path(name), text, { mode: 0o600 });
      // The new name of the file is not on the disk before its directory is, fsync(2).
      const held = await open(directory);
      await held.sync().finally(() => held.close());
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (ofDisk.includes(code)) diskFault(code);
      throw error;
    }
    if (faults.delete('disk')) for (const listener of listeners) listener();
  }

  return {
    path,
    readText,
    writeText,
    read<T>(name: string, good: (value: T) => boolean) {
      const first = parsed(name, good);
      if (first.value !== undefined) return first.value;
      const copy = parsed(copyOf(name), good);
      if (!first.damaged && copy.value === undefined) return undefined;
      if (first.damaged) putAside(path(name));
      const kept =
        copy.value === undefined ? 'it had no good copy, so this part starts anew' : 'its copy is used';
      fault(name, {
        what: 'state',
        text: `${path(name)} was damaged or gone: ${kept}. The card may be dying.`,
      });
      return copy.value;
    },
    async write(name, value) {
      const text = `${JSON.stringify(value, null, 2)}\n`;
      await writeText(name, text);
      await writeText(copyOf(name), text);
    },
    fault: (found) => fault(found.what, found),
    faults: () => [...faults.values()],
    onFault: (listener) => void listeners.push(listener),
  };
}

/** A directory that somebody made for us is ours alone from now on; one with something in it may be shared. */
function closeIfEmpty(directory: string): void {
  try {
    if (readdirSync(directory).length === 0) chmodSync(directory, 0o700);
  } catch {
    // It is somebody else's, and lent to us.
  }
}

/** Lets a write fail where the disk is what fails: what was made is then good until the process ends, and the store says so. */
export async function orInMemory(written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!ofDisk.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

const copyOf = (name: string) => `${name}.copy`;

function putAside(file: string): void {
  try {
    renameSync(file, `${file}.broken`);
  } catch {
    // A sector that cannot be read, on a disk that cannot be written: the next good write replaces it.
    try {
      rmSync(file, { force: true });
    } catch {}
  }
}
