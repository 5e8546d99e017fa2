import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareVersions } from '../../bridge/update/release.ts';
import { openReleases, type Releases } from '../../bridge/update/releases.ts';
import { type UpdaterPorts, type UpdateWishes, update } from '../../bridge/update/updater.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type Ends, endAll, temporaryFolder } from '../system/kit.ts';

const keys = generateKeyPairSync('ed25519');
const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const packageBytes = Buffer.from('a package');

function releaseFiles(version: string, privateKey = keys.privateKey): Record<string, Buffer> {
  const release = Buffer.from(
    JSON.stringify({
      product: 'doorlight',
      version,
      madeAt: '2026-01-01T00:00:00Z',
      supportUntil: '2028-01-01',
      changes: ['Lights are lighter.'],
      packages: {
        arm64: {
          file: 'p.deb',
          size: packageBytes.length,
          sha256: createHash('sha256').update(packageBytes).digest('hex'),
        },
      },
    }),
  );
  const signature = Buffer.from(sign(null, release, privateKey).toString('base64'));
  return { 'release.json': release, 'release.json.sig': signature, 'p.deb': packageBytes };
}

const ends: Ends = [];
afterEach(() => endAll(ends));

let folder: string;
let releases: Releases;
let clock: ReturnType<typeof createFakeClock>;
let wishes: UpdateWishes;
/** What the running bridge answers, by the version that the links lead to. */
let ready: (version: string) => { version: string; missing: string[] } | undefined;
let restarts: number;

beforeEach(() => {
  folder = temporaryFolder(ends);
  // Without Debian's dpkg-deb: the folder alone is what is switched here; test/packaging unpacks a real one.
  releases = {
    ...openReleases(folder),
    unpack(version) {
      mkdirSync(join(folder, version));
      return Promise.resolve();
    },
  };
  clock = createFakeClock();
  wishes = { automatic: true };
  ready = (version) => ({ version, missing: ['set-up'] });
  restarts = 0;
});

const running = () => (existsSync(join(folder, 'current')) ? readlinkSync(join(folder, 'current')) : '1.0.0');

async function run(files: Record<string, Buffer>, change: Partial<UpdaterPorts> = {}) {
  const result = update({
    clock,
    releases,
    architecture: 'arm64',
    version: '1.0.0',
    key: pem,
    fetch: (name) => Promise.resolve(files[name]!),
    restart() {
      restarts++;
      return Promise.resolve();
    },
    ask: () => Promise.resolve(ready(running())),
    wishes: () => wishes,
    say() {},
    ...change,
  });
  let ended = false;
  const done = () => {
    ended = true;
  };
  result.then(done, done);
  for (let i = 0; i < 2_000 && !ended; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(1_000);
    // The links are synced by a program of its own.
    if (i % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return await result;
}

describe('an update', () => {
  it('is taken when it is signed and newer, and stays when it gets ready', async () => {
    expect(await run(releaseFiles('1.1.0'))).toBe('installed');
    expect(running()).toBe('1.1.0');
    expect(readlinkSync(join(folder, 'good'))).toBe('1.1.0');
    expect(restarts).toBe(1);
    expect(releases.status()).toMatchObject({
      available: null,
      last: { version: '1.1.0', outcome: 'installed' },
      running: { version: '1.1.0', changes: ['Lights are lighter.'], supportUntil: '2028-01-01' },
    });
  });

  it('is refused when somebody else signed it', async () => {
    const foreign = generateKeyPairSync('ed25519').privateKey;
    await expect(run(releaseFiles('1.1.0', foreign))).rejects.toThrow(
      /not signed by the key of this machine/,
    );
    expect(running()).toBe('1.0.0');
  });

  it('is refused when one byte of it was changed', async () => {
    const files = releaseFiles('1.1.0');
    await expect(run({ ...files, 'p.deb': Buffer.from('b package') })).rejects.toThrow(
      /not the one that was signed/,
    );
    const text = files['release.json']!.toString().replace('1.1.0', '1.1.1');
    await expect(run({ ...files, 'release.json': Buffer.from(text) })).rejects.toThrow(/not signed/);
    expect(readdirSync(folder)).toEqual(['status.json']);
  });

  it('is refused when it is older, and not needed when it is the same', async () => {
    await expect(run(releaseFiles('0.9.9'))).rejects.toThrow(/0\.9\.9 is older than 1\.0\.0/);
    expect(await run(releaseFiles('1.0.0'))).toBe('none');
  });

  it('goes back by itself when it does not start', async () => {
    ready = (version) => (version === '1.1.0' ? undefined : { version, missing: [] });
    expect(await run(releaseFiles('1.1.0'))).toBe('rolled-back');
    expect(running()).toBe('1.0.0');
    expect(restarts).toBe(2);
    expect(releases.status().last).toMatchObject({ outcome: 'rolled-back', why: 'it did not start.' });
    expect(existsSync(join(folder, '1.1.0'))).toBe(false);
  });

  it('goes back when it lacks what was there before, and is not blamed for what was not', async () => {
    ready = (version) => ({ version, missing: version === '1.1.0' ? ['set-up', 'mqtt'] : ['set-up'] });
    expect(await run(releaseFiles('1.1.0'))).toBe('rolled-back');
    expect(releases.status().last?.why).toBe('it lacked: mqtt.');
  });

  it('goes back to the release before it, when there was one', async () => {
    await run(releaseFiles('1.1.0'));
    ready = (version) => (version === '1.2.0' ? undefined : { version, missing: [] });
    expect(await run(releaseFiles('1.2.0'), { version: '1.1.0' })).toBe('rolled-back');
    expect(running()).toBe('1.1.0');
  });

  it('is not tried again the same day, is on another, and not a fourth time', async () => {
    ready = (version) => (version === '1.1.0' ? undefined : { version, missing: [] });
    const outcomes = [];
    for (let day = 0; day < 4; day++) {
      outcomes.push(await run(releaseFiles('1.1.0')), await run(releaseFiles('1.1.0')));
      await clock.advance(24 * 3_600_000);
    }
    expect(outcomes.filter((outcome) => outcome === 'rolled-back')).toHaveLength(3);
    expect(outcomes.at(-2)).toBe('put-off');
  });

  it('waits for a word when updates are off or put off, and is told of', async () => {
    wishes = { automatic: false };
    expect(await run(releaseFiles('1.1.0'))).toBe('put-off');
    expect(releases.status().available).toMatchObject({ version: '1.1.0', changes: ['Lights are lighter.'] });
    wishes = { automatic: true, putOffUntil: new Date(clock.now() + 60_000_000).toISOString() };
    expect(await run(releaseFiles('1.1.0'))).toBe('put-off');
    const askedAt = new Date(clock.now()).toISOString();
    wishes = { ...wishes, install: { version: '1.1.0', askedAt } };
    expect(await run(releaseFiles('1.1.0'))).toBe('installed');
  });

  it.each([
    { fate: 'good', expected: 'installed', runs: '1.1.0' },
    { fate: 'bad', expected: 'rolled-back', runs: '1.0.0' },
  ])(
    'that a power cut broke off on trial is ended at the next run: $fate',
    async ({ fate, expected, runs }) => {
      mkdirSync(join(folder, '1.1.0'));
      releases.say({
        trial: { version: '1.1.0', missingBefore: ['set-up'], changes: [], supportUntil: '2028-01-01' },
      });
      symlinkSync('1.1.0', join(folder, 'current'));
      if (fate === 'bad') ready = () => undefined;
      expect(await run({})).toBe(expected);
      expect(running()).toBe(runs);
    },
  );

  it('that a power cut broke off while unpacking changes nothing, and begins anew', async () => {
    mkdirSync(join(folder, '1.1.0.new'));
    expect(releases.onTrial()).toBeUndefined();
    expect(await run(releaseFiles('1.1.0'))).toBe('installed');
    rmSync(join(folder, '1.1.0.new'), { recursive: true, force: true });
  });
});

it('compares versions by number', () => {
  expect(compareVersions('1.10.0', '1.9.9')).toBeGreaterThan(0);
  expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
  expect(compareVersions('0.9.9', '1.0.0')).toBeLessThan(0);
});
