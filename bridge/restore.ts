/**
 * Lays down what was in a backup, all of it or nothing: first everything is written aside, then it takes the places
 * of what was there. A full disk leaves all as it was; a pulled plug in the second half is made up for at the next start.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { BackupError, type Kept } from './backup.ts';

const aside = '.restoring';
const planFile = 'plan.json';

/** Which of the files aside goes where; the configuration file is `''`, as it may have another name here. */
interface Plan {
  config: { [path: string]: string };
  data: { [path: string]: string };
}

/**
 * Writes everything aside; `finishRestore` does the rest.
 * @throws BackupError when a name leads out of its folder or the disk does not take it: nothing was changed
 */
export function stageRestore(kept: Kept, configFile: string, dataDir: string): void {
  const [own = ''] = Object.keys(kept.config);
  const base = dirname(resolve(configFile));
  for (const name of Object.keys(kept.config)) if (name !== own) refuseOutside(base, name);
  for (const name of Object.keys(kept.data)) refuseOutside(resolve(dataDir), name);
  const folder = join(dataDir, aside);
  const plan: Plan = { config: {}, data: {} };
  let count = 0;
  const put = (bytes: Buffer): string => {
    const name = String(count++);
    writeFileAtomic.sync(join(folder, name), bytes, { mode: 0o600 });
    return name;
  };
  rmSync(folder, { recursive: true, force: true });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [name, bytes] of Object.entries(kept.config))
      plan.config[name === own ? '' : name] = put(bytes);
    for (const [name, bytes] of Object.entries(kept.data)) plan.data[name] = put(bytes);
    writeFileAtomic.sync(join(folder, planFile), JSON.stringify(plan), { mode: 0o600 });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new BackupError(`The backup cannot be laid down (${code}): make room. Everything is as it was.`);
  }
}

/** Puts what is aside into its places, and removes what else is in the data directory; true when there was something. */
export function finishRestore(configFile: string, dataDir: string): boolean {
  const folder = join(dataDir, aside);
  const plan = planIn(folder);
  if (!plan) return false;
  const base = dirname(resolve(configFile));
  for (const [name, from] of Object.entries(plan.config))
    move(join(folder, from), name === '' ? resolve(configFile) : join(base, name));
  for (const [name, from] of Object.entries(plan.data)) move(join(folder, from), join(dataDir, name));
  for (const name of readdirSync(dataDir)) {
    const stays =
      name === aside || name in plan.data || /^lock/.test(name) || isSame(dataDir, name, configFile);
    if (!stays) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
  return true;
}

/** Nothing while the plan, which is written last, is not whole. */
function planIn(folder: string): Plan | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, planFile), 'utf8')) as Plan;
  } catch {
    return undefined;
  }
}

/** Gone from aside means that an earlier run moved it. */
function move(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(dirname(to), { recursive: true });
  try {
    renameSync(from, to);
  } catch (error) {
    // The configuration may lie on another file system.
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    writeFileAtomic.sync(to, readFileSync(from), { mode: 0o600 });
    rmSync(from);
  }
}

/** A backup is laid down with our rights, so it must not reach beyond our folders. */
function refuseOutside(base: string, name: string): void {
  const way = relative(base, resolve(base, name));
  if (way === '' || way.split('/')[0] === '..' || basename(way) === aside)
    throw new BackupError(`The backup names a file outside its folder: ${name}. Nothing was restored.`);
}

const isSame = (folder: string, name: string, file: string): boolean =>
  resolve(folder, name) === resolve(file);
