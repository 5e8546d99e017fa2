/**
 * Looks for a release, takes it if it is signed and newer, and goes back by itself when it does not get ready.
 * Run by root, from the code that proved itself last.
 */
import { type Clock, sleep } from '../../protocol/clock.ts';
import { checkPackage, compareVersions, ReleaseError, readRelease } from './release.ts';
import type { Releases } from './releases.ts';

/** A Zero 2 W starts the bridge in well under a minute. */
const readyWithinMs = 180_000;
const askEveryMs = 3_000;
/** A release that dies again at once is not ready: so many good answers in a row are. */
const goodAnswers = 4;
/** A release that did not get ready, perhaps only because Graph was away, is tried again on other days. */
const mostAttempts = 3;
const attemptEveryMs = 20 * 60 * 60_000;

export interface UpdateWishes {
  automatic: boolean;
  /** ISO-8601; nothing newer is taken before. */
  putOffUntil?: string | null;
  /** The user asked for it: at once, whatever was put off. */
  now?: boolean;
  /** The version that the user asked for on the page, and when (ISO-8601): tried once. */
  install?: { version: string; askedAt: string } | null;
}

export interface UpdaterPorts {
  clock: Clock;
  releases: Releases;
  architecture: string;
  /** The version that runs now. */
  version: string;
  /** The public key, PEM. */
  key: string;
  /** The bytes of a file of the release. @throws when it cannot be had */
  fetch(name: string, mostBytes: number): Promise<Buffer>;
  restart(): Promise<void>;
  /** The running bridge's version and what is missing; nothing when it does not answer. */
  ask(): Promise<{ version: string; missing: string[] } | undefined>;
  wishes(): UpdateWishes;
  say(line: string): void;
}

export type Outcome = 'none' | 'put-off' | 'installed' | 'rolled-back';

/** @throws ReleaseError for a release that must not be taken; any other error when it could not be had */
export async function update(ports: UpdaterPorts): Promise<Outcome> {
  const { releases, clock, version, say } = ports;
  const stamp = () => new Date(clock.now()).toISOString();
  if (releases.onTrial()) {
    // A power cut broke the trial off. The bridge was started with it; it has to prove itself all the same.
    return await settle(ports);
  }
  const bytes = await ports.fetch('release.json', 100_000);
  const signature = (await ports.fetch('release.json.sig', 1_000)).toString('utf8');
  const release = readRelease(bytes, signature, ports.key);
  const { changes, supportUntil } = release;
  if (compareVersions(release.version, version) <= 0) {
    const older = compareVersions(release.version, version) < 0;
    releases.say({ checkedAt: stamp(), available: null });
    if (older)
      throw new ReleaseError(`Release ${release.version} is older than ${version}: it is not taken.`);
    say(`${version} is the newest release.`);
    return 'none';
  }
  const available = { version: release.version, changes, supportUntil };
  releases.say({ checkedAt: stamp(), available });
  const why = putOff(ports, release.version);
  if (why) {
    say(`Release ${release.version} is there; ${why}.`);
    return 'put-off';
  }
  const wanted = release.packages[ports.architecture];
  if (!wanted) throw new ReleaseError(`Release ${release.version} has no package for ${ports.architecture}.`);
  const packageBytes = await ports.fetch(wanted.file, wanted.size);
  checkPackage(packageBytes, wanted);
  await releases.unpack(release.version, packageBytes);
  const missingBefore = (await ports.ask())?.missing ?? [];
  releases.say({ trial: { ...available, missingBefore } });
  await releases.switchTo(release.version);
  say(`Release ${release.version} is on trial.`);
  await ports.restart();
  return await settle(ports);
}

/** Why a newer release is not taken now; nothing when it is. */
function putOff({ wishes, clock, releases }: UpdaterPorts, version: string): string | undefined {
  const { automatic, putOffUntil, now, install } = wishes();
  const { attempts, last } = releases.status();
  const triedSince = last?.version === version && install && last.at > install.askedAt;
  if (now || (install?.version === version && !triedSince)) return undefined;
  if (!automatic) return 'updates are set to wait for a word';
  if (putOffUntil && Date.parse(putOffUntil) > clock.now()) return `it is put off until ${putOffUntil}`;
  const attempt = attempts?.[version];
  if (!attempt) return undefined;
  if (attempt.times >= mostAttempts)
    return `it did not get ready ${attempt.times} times, and a newer one is waited for`;
  return clock.now() - Date.parse(attempt.at) < attemptEveryMs ? 'it did not get ready lately' : undefined;
}

/** Ends the trial, one way or the other. */
async function settle(ports: UpdaterPorts): Promise<Outcome> {
  const { releases, clock, say } = ports;
  const version = releases.onTrial()!;
  const { trial, attempts = {} } = releases.status();
  const before = trial?.version === version ? trial.missingBefore : [];
  const at = () => new Date(clock.now()).toISOString();
  const fault = await notReady(ports, version, before);
  if (fault === undefined) {
    await releases.confirm();
    const running = trial && { version, changes: trial.changes, supportUntil: trial.supportUntil };
    const last = { version, at: at(), outcome: 'installed' as const, why: 'It got ready.' };
    releases.say({ last, trial: null, available: null, ...(running ? { running } : {}) });
    say(`Release ${version} is in use.`);
    return 'installed';
  }
  await releases.rollBack();
  const times = (attempts[version]?.times ?? 0) + 1;
  const last = { version, at: at(), outcome: 'rolled-back' as const, why: fault };
  releases.say({ last, trial: null, attempts: { ...attempts, [version]: { times, at: at() } } });
  say(`Release ${version} was taken back: ${fault}`);
  await ports.restart();
  return 'rolled-back';
}

/** Why the release on trial did not get ready in time; nothing when it did. */
async function notReady(ports: UpdaterPorts, version: string, before: string[]): Promise<string | undefined> {
  const { clock } = ports;
  const deadline = clock.monotonic() + readyWithinMs;
  let good = 0;
  let fault = 'it did not start.';
  while (clock.monotonic() < deadline) {
    await sleep(clock, askEveryMs);
    const answer = await ports.ask().catch(() => undefined);
    const missing = answer?.missing.filter((part) => !before.includes(part)) ?? [];
    if (answer?.version === version && missing.length === 0) good++;
    else good = 0;
    if (good === goodAnswers) return undefined;
    if (answer) fault = missing.length > 0 ? `it lacked: ${missing.join(', ')}.` : 'it did not stay up.';
  }
  return fault;
}
