/** One process per data directory: tokens and accounts are files, and two writers would lose one's changes. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import type { Store } from './store.ts';

/** Somebody else uses the data directory. */
export class LockError extends Error {}

/**
 * Takes the lock; the result releases it. A lock whose process is gone is taken over.
 * @throws LockError naming the process that holds it
 */
export function takeLock(store: Store): () => void {
  const file = store.path('lock');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(file, 'wx', 0o600);
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(readText(file));
    // A container's processes are all number 1: our own number in the file is from before a crash.
    if (isRunning(holder) && holder !== process.pid) {
      throw new LockError(
        `The data directory is in use by process ${holder}: stop that Doorlight, or name another directory with --data.`,
      );
    }
    rmSync(file, { force: true });
  }
  throw new LockError(`The lock ${file} cannot be taken: delete it if no Doorlight is running.`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
