/** One process per data directory: tokens and accounts are files, and two writers would lose one's changes. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { bootId } from './boot.ts';
import type { Store } from './store.ts';

/** Somebody else uses the data directory. */
export class LockError extends Error {}

/**
 * Takes the lock; the result releases it. A lock whose process is gone is taken over.
 * @throws LockError naming the process that holds it
 */
export function takeLock(store: Store): () => void {
  const file = store.path('lock');
  const mine = `${file}.${process.pid}`;
  try {
    writeFileSync(mine, identityOf(process.pid)!, { mode: 0o600 });
    for (let attempt = 0; attempt < 3; attempt++) {
      if (link(mine, file)) return () => rmSync(file, { force: true });
      const holder = readText(file);
      const pid = Number(holder.split(' ')[0]);
      if (holder !== '' && identityOf(pid) === holder) {
        throw new LockError(
          `The data directory is in use by process ${pid}: stop that Doorlight, or name another directory with --data.`,
        );
      }
      rmSync(file, { force: true });
    }
    throw new LockError(`The lock ${file} cannot be taken: delete it if no Doorlight is running.`);
  } catch (error) {
    // The store says that the disk is full; lights and page go on all the same.
    if (['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return () => {};
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A link exists at once and whole, or not at all; false when the lock is there already. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * What tells a process from a later one with the same number: after a power cut numbers repeat, and in containers
 * everyone is number 1. Nothing for a process that is gone, or dead and only not yet collected.
 */
function identityOf(pid: number): string | undefined {
  // proc(5): after the name in brackets come the state, and as the 20th the time of start.
  const fields = readText(`/proc/${pid}/stat`).split(') ')[1]?.split(' ');
  if (fields) return fields[0] === 'Z' ? undefined : `${pid} ${fields[19]} ${bootId()} ${hostname()}`;
  try {
    process.kill(pid, 0);
    return `${pid} - - ${hostname()}`;
  } catch {
    return undefined;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
