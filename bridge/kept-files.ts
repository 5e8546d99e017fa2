/** Which files are Doorlight's own: what a backup carries and a reset erases. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Kept } from './backup.ts';
import { plainYaml } from './config/yaml.ts';

/** Of this process or this machine only. */
const passing =
  /^(lock(\..*)?|control\.sock|\.probe|.*\.broken|.*\.\d+|reset-wanted|update-wanted\.json|wifi-wanted\.txt)$/;
const resetFile = 'reset-wanted';

/** The configuration, the files beside it that it names, and the data directory; `unread` are those that the disk does not give. */
export function collect(configFile: string, dataDir: string): Kept & { unread: string[] } {
  const base = dirname(resolve(configFile));
  const config: Kept['config'] = {};
  const data: Kept['data'] = {};
  const unread: string[] = [];
  const take = (into: Kept['config'], name: string, file: string): void => {
    try {
      into[name] = readFileSync(file);
    } catch (error) {
      // The bridge may be running: what it replaced meanwhile has its new file.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') unread.push(file);
    }
  };
  take(config, basename(configFile), configFile);
  for (const file of namedFiles(config[basename(configFile)]?.toString('utf8') ?? '', base))
    take(config, relative(base, file), file);
  for (const entry of readdirSync(dataDir, { withFileTypes: true }))
    if (entry.isFile() && !passing.test(entry.name)) take(data, entry.name, join(dataDir, entry.name));
  return { config, data, unread };
}

/** Asks for a factory reset; it is done at the next start, before anything is opened. */
export function wantReset(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileAtomic.sync(join(dataDir, resetFile), '', { mode: 0o600 });
}

/** Erases tokens, users, lights and settings if that was asked for; true when it was. A power cut in between: at the next start. */
export function resetIfWanted(configFile: string, dataDir: string): boolean {
  if (!existsSync(join(dataDir, resetFile))) return false;
  rmSync(configFile, { force: true });
  emptyData(dataDir, (name) => name === resetFile || name === 'lock');
  rmSync(join(dataDir, resetFile), { force: true });
  return true;
}

function emptyData(dataDir: string, stays: (name: string) => boolean): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  chmodSync(dataDir, 0o700);
  for (const name of readdirSync(dataDir)) {
    if (!stays(name) && !/^lock/.test(name)) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

/** Files below the configuration's folder that one of its values names: certificates, calendars. */
function namedFiles(text: string, base: string): string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) look(inner);
    if (typeof value !== 'string' || value === '') return;
    const file = resolve(base, value);
    if (!relative(base, file).startsWith('..') && existsSync(file) && statSync(file).isFile())
      found.push(file);
  };
  try {
    look(plainYaml(text));
  } catch {
    // A damaged configuration is kept as it is.
  }
  return found;
}

/** The configuration that last started well; a damaged one must not keep the page from coming up. */
const lastGood = 'last-good.yaml';

export function keepLastGood(configFile: string, dataDir: string): void {
  try {
    const text = readFileSync(configFile);
    const file = join(dataDir, lastGood);
    if (!existsSync(file) || !readFileSync(file).equals(text))
      writeFileAtomic.sync(file, text, { mode: 0o600 });
  } catch {
    // A full disk: the store says so.
  }
}

/** The text of the configuration that last started well; nothing when there is none. */
export function lastGoodConfig(dataDir: string): string | undefined {
  const kept = join(dataDir, lastGood);
  return existsSync(kept) ? readFileSync(kept, 'utf8') : undefined;
}
