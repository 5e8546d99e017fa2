/** doorlight.yaml while the bridge runs: read, changed by the page, picked up when somebody edits it, or refused. */
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type Clock, every } from '../../protocol/clock.ts';
import { apiPath, type Change, ChangeError, changed } from './changes.ts';
import { ConfigError, parseConfig, withDefaults } from './load.ts';
import type { Config } from './schema.ts';
import { environmentWith, type KeptSecrets, masked, shownReferences, withoutSecrets } from './secrets.ts';
import { plainYaml } from './yaml.ts';

const lookEveryMs = 2_000;

export interface FieldFault {
  path: string;
  message: string;
}

export type Refused =
  | { refused: 'wrong'; error: string; fields: FieldFault[] }
  /** Somebody else changed the file since. */
  | { refused: 'stale'; error: string }
  | { refused: 'read-only'; error: string };

export interface ConfigFile {
  /** For the eye: the file's name. */
  name: string;
  etag(): string;
  /** What the file says with the defaults filled in; `${NAME}` as it stands, secrets masked. */
  value(): unknown;
  /** Why it cannot be written; nothing when it can. */
  readOnly(): string | undefined;
  /** Why a hand edit is not in force; nothing when the file is. */
  fault(): string | undefined;
  /** What `change` would say. */
  check(changes: readonly Change[]): { refused: 'wrong'; error: string; fields: FieldFault[] } | undefined;
  /** Writes all changes or none, and tells. `etag` is the one that the changes were made on. */
  change(changes: readonly Change[], etag: string): Promise<Refused | undefined>;
  /** Looks for a hand edit at once; the answer is why it is not in force. */
  look(): Promise<string | undefined>;
  /** A further check of what is to be in force; it throws ConfigError. */
  alsoCheck(check: (config: Config) => void): void;
  /** Calls with each configuration that is in force from now on, and without one when a hand edit is refused. */
  onChange(listener: (config: Config | undefined) => void | Promise<void>): () => void;
  start(): void;
  stop(): void;
}

/** @throws ConfigError when the file is wrong at the start */
export function openConfigFile(options: {
  file: string;
  clock: Clock;
  env: NodeJS.ProcessEnv;
  secrets: KeptSecrets;
  writeSecrets: (secrets: KeptSecrets) => Promise<void>;
  /** The text that last started well, to be used while the file is wrong; if it is wrong itself, or empty, none is used. */
  lastGood?: string | undefined;
}): { config: Config; configFile: ConfigFile; damaged?: string } {
  const { file, clock, env } = options;
  let secrets = options.secrets;
  let text = read();
  let fault: string | undefined;
  let looked = stampOf(file);
  let cancel = () => {};
  let working: Promise<unknown> = Promise.resolve();
  const listeners = new Set<(config: Config | undefined) => void | Promise<void>>();
  let further: (config: Config) => void = () => {};
  const parsed = (source: string, kept = secrets) => {
    const next = parseConfig(source, file, environmentWith(kept, env));
    further(next);
    return next;
  };
  const config = first();

  function first(): Config {
    try {
      return parsed(text);
    } catch (error) {
      if (options.lastGood === undefined || !(error instanceof ConfigError)) throw error;
      fault = error.message;
      text = options.lastGood;
    }
    try {
      return parsed(text);
    } catch (error) {
      // A restored backup of another version, or with a `${NAME}` that this machine has not.
      if (!(error instanceof ConfigError)) throw error;
      text = '';
      return parsed(text);
    }
  }

  async function tell(next: Config | undefined): Promise<void> {
    for (const listener of listeners) {
      try {
        await listener(next);
      } catch (error) {
        // A file that the configuration names is gone since it was checked.
        if (!(error instanceof ConfigError)) throw error;
        fault = error.message;
      }
    }
  }

  /** The file as it is now, which may not be what is in force; one that is gone is empty. */
  function read(): string {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  }

  async function look(): Promise<void> {
    const stamp = stampOf(file);
    if (stamp === looked) return;
    looked = stamp;
    const now = read();
    if (now === text && fault === undefined) return;
    const before = fault;
    try {
      const next = parsed(now);
      text = now;
      fault = undefined;
      await tell(next);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      fault = error.message;
      if (fault !== before) await tell(undefined);
    }
  }

  /** The text itself when it is good; a hand edit of this moment may not be. */
  function lookedGood(now: string): string | undefined {
    try {
      if (now !== text) parsed(now);
      return now;
    } catch (error) {
      if (error instanceof ConfigError) return undefined;
      throw error;
    }
  }

  /** The text with the changes made, its new secrets, and the configuration that it is; or what is wrong with it. */
  function tried(source: string, changes: readonly Change[]) {
    const kept = { ...secrets };
    // Names that another entry of the same list goes on using.
    const stays = JSON.stringify(changes);
    const given = new Map<string, string>();
    const keep = (wanted: string, secret: string) => {
      let name = wanted;
      const isTaken = () => (given.get(name) ?? secret) !== secret || stays.includes(`\${${name}}`);
      for (let next = 2; isTaken(); next++) name = `${wanted}_${next}`;
      given.set(name, secret);
      kept[name] = secret;
      return name;
    };
    const before: unknown = plainYaml(source);
    for (const { path, value } of changes) {
      const known = shownReferences(path, valueAt(before, path));
      const shown = shownReferences(path, value).find((one) => !known.includes(one));
      if (shown !== undefined) {
        const message = `${shown} would be read by everybody: write it into the file by hand if that is meant`;
        const fields = [{ path, message }];
        return { wrong: { refused: 'wrong' as const, error: `${path}: ${message}.`, fields } };
      }
    }
    const safe = changes.map(({ path, value }) => ({ path, value: withoutSecrets(path, value, keep) }));
    let next = source;
    try {
      next = changed(source, safe);
      return { text: next, kept, config: parsed(next, kept) };
    } catch (error) {
      if (error instanceof ChangeError) {
        const fields = [{ path: error.path, message: error.message }];
        return { wrong: { refused: 'wrong' as const, error: `${error.path}: ${error.message}.`, fields } };
      }
      if (!(error instanceof ConfigError)) throw error;
      const value: unknown = plainYaml(next);
      const fields = error.faults.map((one) => fieldOf(value, one));
      const first = fields[0];
      const said = first ? `${first.path}: ${first.message}.` : `${error.message.split('\n')[0]}.`;
      return { wrong: { refused: 'wrong' as const, error: said, fields } };
    }
  }

  async function change(changes: readonly Change[], etag: string): Promise<Refused | undefined> {
    await look();
    const why = readOnly();
    if (why) return { refused: 'read-only', error: why };
    if (etag !== etagOf(read())) {
      return { refused: 'stale', error: 'The configuration was changed by somebody else: look at it again.' };
    }
    const result = tried(read(), changes);
    if (result.wrong) return result.wrong;
    try {
      if (JSON.stringify(result.kept) !== JSON.stringify(secrets)) await options.writeSecrets(result.kept);
      await writeFileAtomic(file, result.text, { mode: statSync(file).mode });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return { refused: 'read-only', error: `The configuration cannot be written (${code}): ${mend(code)}` };
    }
    secrets = result.kept;
    text = result.text;
    fault = undefined;
    looked = stampOf(file);
    await tell(result.config);
    return undefined;
  }

  function readOnly(): string | undefined {
    try {
      const real = realpathSync(file);
      if (isMountPoint(real)) {
        return `${file} is mounted as a single file and cannot be replaced: mount its folder instead.`;
      }
      accessSync(real, constants.W_OK);
      accessSync(dirname(real), constants.W_OK);
      return undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return `${file} cannot be written (${code}): ${mend(code)}`;
    }
  }

  const one = <T>(work: () => Promise<T>): Promise<T> => {
    const done = working.then(work, work);
    working = done.catch(() => {});
    return done;
  };

  const configFile: ConfigFile = {
    name: file,
    etag: () => etagOf(read()),
    value: () => masked(withDefaults(plainYaml(lookedGood(read()) ?? text))),
    readOnly,
    fault: () => fault,
    check: (changes) => tried(read(), changes).wrong,
    change: (changes, etag) => one(() => change(changes, etag)),
    look: () => one(look).then(() => fault),
    alsoCheck(check) {
      further = check;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start() {
      // Looked at by its stamp, because a watch on a mounted file, or one that an editor replaces, goes blind.
      cancel = every(clock, lookEveryMs, () => void one(look));
    },
    stop: () => cancel(),
  };
  const said = fault?.split('\n')[0];
  return said
    ? {
        config,
        configFile,
        damaged: `The configuration is damaged, so ${text === '' ? 'none' : 'the one that last started well'} is used: ${said}`,
      }
    : { config, configFile };
}

function fieldOf(
  value: unknown,
  { path, message }: { path: (string | number)[]; message: string },
): FieldFault {
  const missing = /^(\w+) is missing/.exec(message)?.[1];
  return { path: apiPath(value, missing ? [...path, missing] : path), message };
}

const etagOf = (text: string): string => `"${createHash('sha256').update(text).digest('hex').slice(0, 20)}"`;

function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return '';
  }
}

/** Whether something is mounted exactly here (proc(5), mountinfo, field 5): then a rename onto it fails with EBUSY. */
function isMountPoint(path: string): boolean {
  try {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return mounts.some((line) => line.split(' ')[4] === path.replaceAll(' ', '\\040'));
  } catch {
    return false;
  }
}

function mend(code: string | undefined): string {
  if (code === 'EROFS') return 'the disk is read-only.';
  if (code === 'EBUSY') return 'it is mounted as a single file; mount its folder instead.';
  if (code === 'ENOSPC') return 'the disk is full.';
  return 'make the file and its folder writable for the user of the bridge.';
}

/** What stands at the path of a change; in a list the step is what an entry is known by. */
function valueAt(tree: unknown, path: string): unknown {
  let at = tree;
  for (const step of path.split('/')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Array.isArray(at)
      ? at.find((one: { id?: unknown; username?: unknown } | null) => (one?.id ?? one?.username) === step)
      : (at as Record<string, unknown>)[step];
  }
  return at;
}
