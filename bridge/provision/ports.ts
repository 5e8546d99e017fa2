/** The serial ports that a board may be on. */
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

export interface PortEntry {
  /** What to open: the name that stays the same, where there is one. */
  path: string;
  /** What stands on the device, as far as its USB identity tells. */
  name: string;
}

/** USB serial ports below `dev`, by their lasting names first (udev's rules make `serial/by-id`). */
export function listPorts(dev = '/dev'): PortEntry[] {
  const byId = join(dev, 'serial/by-id');
  const named = entries(byId).map((name) => ({ path: join(byId, name), name: titleOf(name) }));
  const known = new Set(named.map(({ path }) => realPath(path)));
  const others = entries(dev)
    .filter((name) => /^tty(USB|ACM)\d+$/.test(name))
    .map((name) => ({ path: join(dev, name), name }))
    .filter(({ path }) => !known.has(realPath(path)));
  return [...named, ...others];
}

/** Where a path leads; itself when there is nothing. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** `usb-Silicon_Labs_CP2102_0001-if00-port0` -> `Silicon Labs CP2102 0001` */
function titleOf(name: string): string {
  return name
    .replace(/^usb-/, '')
    .replace(/-if\d+.*$/, '')
    .replaceAll('_', ' ');
}
