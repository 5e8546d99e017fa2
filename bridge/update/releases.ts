/**
 * The releases on this machine: one folder each, and two links. `current` is what runs, `good` what proved itself
 * last. They differ only while a release is on trial, so a power cut leaves nothing to guess. A link is replaced by
 * rename(2): at once or not at all.
 */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import writeFileAtomic from 'write-file-atomic';

const execute = promisify(execFile);

/** What is told to the page, and remembered from run to run. */
export interface UpdateStatus {
  checkedAt?: string;
  /** A newer release that is not taken yet. */
  available?: { version: string; changes: string[]; supportUntil: string } | null;
  last?: {
    version: string;
    at: string;
    outcome: 'installed' | 'rolled-back' | 'refused' | 'failed';
    why: string;
  };
  /** What was new in the release that runs. */
  running?: { version: string; changes: string[]; supportUntil: string };
  /** How often a release did not get ready. */
  attempts?: { [version: string]: { times: number; at: string } };
  /** What was missing before the trial began: a new release is not blamed for it. */
  trial?: { version: string; missingBefore: string[]; changes: string[]; supportUntil: string } | null;
}

export interface Releases {
  /** The version on trial, or nothing. */
  onTrial(): string | undefined;
  status(): UpdateStatus;
  say(change: UpdateStatus): void;
  /** Unpacks a package into a folder of its own; it is on the disk when this resolves. */
  unpack(version: string, packageBytes: Buffer): Promise<void>;
  /** Begins the trial. */
  switchTo(version: string): Promise<void>;
  /** The trial went well. */
  confirm(): Promise<void>;
  /** Back to what proved itself last, which may be the machine's own package. */
  rollBack(): Promise<void>;
}

export function openReleases(directory: string): Releases {
  const path = (name: string) => join(directory, name);
  mkdirSync(directory, { recursive: true, mode: 0o755 });

  function target(link: string): string | undefined {
    try {
      return readlinkSync(path(link));
    } catch {
      return undefined;
    }
  }

  async function point(link: string, to: string | undefined): Promise<void> {
    const next = path(`${link}.next`);
    rmSync(next, { force: true });
    if (to === undefined) rmSync(path(link), { force: true });
    else {
      symlinkSync(to, next);
      renameSync(next, path(link));
    }
    await execute('sync', [directory]);
  }

  /** Only what a link leads to is kept. */
  function tidy(): void {
    const kept = [target('current'), target('good')];
    for (const name of readdirSync(directory))
      if (/^\d|\.new$/.test(name) && !kept.includes(name))
        rmSync(path(name), { recursive: true, force: true });
  }

  return {
    onTrial() {
      const current = target('current');
      return current !== undefined && current !== target('good') ? current : undefined;
    },
    status() {
      try {
        return JSON.parse(readFileSync(path('status.json'), 'utf8')) as UpdateStatus;
      } catch {
        return {};
      }
    },
    say(change) {
      const text = JSON.stringify({ ...this.status(), ...change }, null, 2);
      writeFileAtomic.sync(path('status.json'), `${text}\n`, { mode: 0o644 });
    },
    async unpack(version, packageBytes) {
      tidy();
      const fresh = path(`${version}.new`);
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh, { mode: 0o755 });
      writeFileSync(join(fresh, 'package.deb'), packageBytes);
      await execute('dpkg-deb', ['-x', join(fresh, 'package.deb'), fresh]);
      rmSync(join(fresh, 'package.deb'));
      rmSync(path(version), { recursive: true, force: true });
      await execute('sync', ['-f', directory]);
      renameSync(fresh, path(version));
      await execute('sync', [directory]);
    },
    async switchTo(version) {
      if (!existsSync(path(version))) throw new Error(`Release ${version} is not unpacked.`);
      await point('current', version);
    },
    async confirm() {
      await point('good', target('current'));
      tidy();
    },
    async rollBack() {
      await point('current', target('good'));
      tidy();
    },
  };
}
