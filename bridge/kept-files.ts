/** Which files are Doorlight's own: what a backup carries, a restore lays down and a reset erases. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { parse } from 'yaml';
import type { Kept } from './backup.ts';

/** Of this process or this machine only. */
const passing = /^(lock(\..*)?|control\.sock|\.probe|.*\.broken|reset-wanted|update-wanted\.json)$/;
const resetFile = 'reset-wanted';

/** The configuration, the files beside it that it names, and the data directory. */
export function collect(configFile: string, dataDir: string): Kept {
  const base = dirname(resolve(configFile));
  const config: Kept['config'] = {};
  if (existsSync(configFile)) {
    const text = readFileSync(configFile);
    config[basename(configFile)] = text;
    for (const file of namedFiles(text.toString('utf8'), base))
      config[relative(base, file)] = readFileSync(file);
  }
  const data: Kept['data'] = {};
  for (const name of readdirSync(dataDir)) {
    if (!passing.test(name) && statSync(join(dataDir, name)).isFile())
      data[name] = readFileSync(join(dataDir, name));
  }
  return { config, data };
}

/** Lays everything down: the data directory is then what it was, and nothing else. The configuration file takes its new name. */
export function layDown(kept: Kept, configFile: string, dataDir: string): void {
  const base = dirname(resolve(configFile));
  const [own = ''] = Object.keys(kept.config);
  mkdirSync(base, { recursive: true });
  for (const [name, bytes] of Object.entries(kept.config)) {
    const file = name === own ? resolve(configFile) : within(base, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomic.sync(file, bytes, { mode: 0o600 });
  }
  emptyData(dataDir, (name) => name in kept.data);
  for (const [name, bytes] of Object.entries(kept.data)) {
    writeFileAtomic.sync(within(dataDir, name), bytes, { mode: 0o600 });
  }
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
  look(parse(text));
  return found;
}

/** @throws for a name that leads out of its folder: a backup is read with our rights */
function within(base: string, name: string): string {
  const file = resolve(base, name);
  if (relative(base, file).startsWith('..') || relative(base, file) === '')
    throw new Error(`The backup names a file outside its folder: ${name}. Nothing more was restored.`);
  return file;
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
