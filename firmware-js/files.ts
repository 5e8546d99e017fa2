/** Storage that a full or worn flash does not turn into a crash. */
import { lampFiles } from '../protocol/lamp-admin.ts';

const storage = require('Storage');

/** Writes a file, or a part of one at `offset` of `size` bytes; false when Storage is full or broken. */
export function save(name: string, text: string, offset: number, size: number): boolean {
  try {
    return storage.write(name, text, offset, size);
  } catch (_) {
    return false;
  }
}

/** Restarts the chip, which then knows and tells why. What has just been sent gets the time to leave. */
export function restart(why: string): void {
  print('restart: ' + why);
  save(lampFiles.reason, why, 0, 0);
  setTimeout(() => E.reboot(), 300);
}

/** The text of a file that is read once and gone, even if reading it leads to a crash. */
export function take(name: string): string | undefined {
  const text = storage.read(name);
  // A copy, because what was read is only a view of the flash; sliced, because joining to nothing may not copy.
  const copy = text === undefined ? undefined : (' ' + text).substr(1);
  if (copy !== undefined) storage.erase(name);
  return copy;
}
