import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sealBackup } from '../../bridge/backup.ts';
import { collect } from '../../bridge/kept-files.ts';
import { stageRestore } from '../../bridge/restore.ts';
import { anyPorts, doorlight as run } from './demo-process.ts';
import { type Ends, endAll, eventually, temporaryFolder } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const env = { DOORLIGHT_BACKUP_PASSPHRASE: 'correct horse battery' };

async function done(args: string[], cwd: string, variables: NodeJS.ProcessEnv = env) {
  const process = run(ends, args, cwd, variables);
  return { code: await process.exit, out: process.out(), err: process.err() };
}

/** A machine with a lamp, a consumer and a certificate of its own. */
async function machine(more = '') {
  const folder = temporaryFolder(ends);
  writeFileSync(join(folder, 'graph-ca.pem'), 'a certificate');
  writeFileSync(join(folder, 'doorlight.yaml'), `people: [{ id: alice, user: alice@contoso.com }]\n${more}`);
  await done(['light', 'add', 'door', '--kind', 'espruino', '--shows', 'alice'], folder);
  await done(['user', 'add', 'ha', '--access', 'read'], folder);
  return folder;
}

const data = (folder: string) => join(folder, 'doorlight-data');
const accounts = (folder: string) =>
  readdirSync(data(folder))
    .filter((name) => /\.json$/.test(name))
    .map((name) => [name, readFileSync(join(data(folder), name), 'utf8')]);

describe('backup and restore', () => {
  it('moves configuration, certificates and keys to a new machine', async () => {
    const microsoft =
      'microsoft: { tenant: contoso.onmicrosoft.com, clientId: 11111111-2222-3333-4444-555555555555';
    const old = await machine(`${microsoft}, caFile: ./graph-ca.pem }\n`);
    const fresh = temporaryFolder(ends);
    const file = join(temporaryFolder(ends), 'b.doorlight');
    expect(await done(['backup', file], old)).toMatchObject({ code: 0, err: '' });
    expect(await done(['restore', file], fresh)).toMatchObject({ code: 0, err: '' });
    for (const name of ['doorlight.yaml', 'graph-ca.pem'])
      expect(readFileSync(join(fresh, name), 'utf8')).toBe(readFileSync(join(old, name), 'utf8'));
    expect(accounts(old).length).toBeGreaterThan(0);
    expect(accounts(fresh)).toEqual(accounts(old));
  });

  it('shows nothing of what is in it to who lacks the passphrase', async () => {
    const old = await machine();
    const file = join(old, 'b.doorlight');
    await done(['backup', file], old);
    expect(readFileSync(file).includes('contoso')).toBe(false);
    const fresh = temporaryFolder(ends);
    const wrong = await done(['restore', file], fresh, {
      DOORLIGHT_BACKUP_PASSPHRASE: 'wrong horse battery',
    });
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('The passphrase is wrong') });
    expect(readdirSync(fresh)).toEqual(['doorlight-data']);
  });

  it('refuses a backup in which one byte was changed, and what is none', async () => {
    const old = await machine();
    const file = join(old, 'b.doorlight');
    await done(['backup', file], old);
    const bytes = readFileSync(file);
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(file, bytes);
    const fresh = temporaryFolder(ends);
    expect((await done(['restore', file], fresh)).err).toContain('was changed');
    writeFileSync(file, 'hello\n');
    expect((await done(['restore', file], fresh)).err).toContain('no backup of Doorlight');
  });

  it('refuses a backup that was cut short anywhere, in one sentence', async () => {
    const old = await machine();
    const file = join(old, 'b.doorlight');
    await done(['backup', file], old);
    const bytes = readFileSync(file);
    const line = bytes.indexOf(10);
    const fresh = temporaryFolder(ends);
    for (const length of [0, 10, line, line + 1, line + 10, bytes.length - 1]) {
      writeFileSync(file, bytes.subarray(0, length));
      const { code, err } = await done(['restore', file], fresh);
      expect({ length, code, sentences: err.trim().split('\n').length }).toEqual({
        length,
        code: 1,
        sentences: 1,
      });
      expect(err).toMatch(/no backup of Doorlight|was changed or cut short/);
    }
    expect(readdirSync(data(fresh))).toEqual(['.probe']);
  });

  it.each([{ N: 3 }, { N: -2 }, { N: 2 ** 30 }, { salt: 7 }, { p: 64 }])(
    'refuses a header that would exhaust or confuse it: %j',
    async (wrong) => {
      const file = join(temporaryFolder(ends), 'b.doorlight');
      const scrypt = { N: 2 ** 17, r: 8, p: 1, salt: 'AAAA', ...wrong };
      writeFileSync(
        file,
        `${JSON.stringify({ format: 'doorlight-backup', version: 1, scrypt, iv: 'AAAA' })}\nxxxxxxxxxxxxxxxxxxxxxxxxx`,
      );
      expect(await done(['restore', file], temporaryFolder(ends))).toMatchObject({
        code: 1,
        err: expect.stringContaining('no backup of Doorlight'),
      });
    },
  );

  it.each([
    ['config', '../stolen'],
    ['data', '../../stolen'],
    ['data', '/tmp/doorlight-stolen'],
    ['data', 'a/../../stolen'],
  ] as const)('writes nothing of a backup in which %s names %s', async (part, name) => {
    const folder = await machine();
    const before = accounts(folder);
    const kept = {
      config: { 'doorlight.yaml': Buffer.from('people: []\n') },
      data: { 'a.json': Buffer.from('{}') },
    };
    Object.assign(kept[part], { [name]: Buffer.from('x') });
    const file = join(folder, 'b.doorlight');
    const passphrase = env.DOORLIGHT_BACKUP_PASSPHRASE;
    writeFileSync(file, await sealBackup(kept, passphrase, { madeAt: '', doorlight: '' }));
    expect(await done(['restore', file, '--yes'], folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining('a file outside its folder'),
    });
    expect(accounts(folder)).toEqual(before);
    expect(readFileSync(join(folder, 'doorlight.yaml'), 'utf8')).toContain('alice@contoso.com');
    expect(existsSync(join(folder, '..', 'stolen'))).toBe(false);
    expect(existsSync('/tmp/doorlight-stolen')).toBe(false);
  });

  it('leaves nothing behind of the state that it replaces', async () => {
    const old = await machine();
    const file = join(temporaryFolder(ends), 'b.doorlight');
    await done(['backup', file], old);
    const other = await machine();
    writeFileSync(join(data(other), 'grants.json'), '{"somebody":"else"}');
    expect((await done(['restore', file, '--yes'], other)).code).toBe(0);
    expect(accounts(other)).toEqual(accounts(old));
  });

  it('is finished at the next start when the power went in between', async () => {
    const old = await machine();
    const target = await machine();
    writeFileSync(join(target, 'doorlight.yaml'), 'people: [{ id: bob, user: bob@contoso.com }]\n');
    const kept = collect(join(old, 'doorlight.yaml'), data(old));
    stageRestore(kept, join(target, 'doorlight.yaml'), data(target));
    // The first file had moved already.
    renameSync(join(data(target), '.restoring', '0'), join(target, 'doorlight.yaml'));
    const bridge = run(ends, ['start', '--config', 'doorlight.yaml', ...anyPorts], target);
    await eventually(() => expect(bridge.out()).toContain('ready '), 20_000);
    expect(bridge.out()).toContain('The backup is restored');
    expect(readFileSync(join(target, 'doorlight.yaml'), 'utf8')).toContain('alice@contoso.com');
    expect(existsSync(join(data(target), '.restoring'))).toBe(false);
  });

  it('keeps a damaged configuration, too', async () => {
    const old = await machine();
    writeFileSync(join(old, 'doorlight.yaml'), 'people: [{');
    const file = join(old, 'b.doorlight');
    expect((await done(['backup', file], old)).code).toBe(0);
  });

  it('goes to the standard output where it is asked to, and says so beside it', async () => {
    const { code, out, err } = await done(['backup', '-'], await machine());
    expect({ code, head: out.slice(0, 30) }).toEqual({ code: 0, head: '{"format":"doorlight-backup","' });
    expect(err).toContain('files are in the backup. Without');
  });

  it('refuses a short passphrase, and to replace what is there without a word', async () => {
    const old = await machine();
    const file = join(old, 'b.doorlight');
    expect(await done(['backup', file], old, { DOORLIGHT_BACKUP_PASSPHRASE: 'short' })).toMatchObject({
      code: 2,
    });
    await done(['backup', file], old);
    expect((await done(['restore', file], old)).err).toContain('--yes replaces it');
    expect((await done(['restore', file, '--yes'], old)).code).toBe(0);
  });
});

describe('a factory reset', () => {
  it('erases tokens, users, lights and settings', async () => {
    const folder = await machine();
    expect((await done(['reset'], folder)).code).toBe(2);
    expect((await done(['reset', '--yes'], folder)).code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['doorlight-data', 'graph-ca.pem']);
    expect(readdirSync(data(folder))).toEqual([]);
  });

  it('beside a running bridge ends it, and is done as it starts again', async () => {
    const folder = await machine();
    const ports = ['--config', 'doorlight.yaml', '--setup', ...anyPorts];
    const bridge = run(ends, ['start', ...ports], folder);
    await eventually(() => expect(bridge.out()).toContain('ready '), 20_000);
    expect((await done(['reset', '--yes'], folder)).out).toContain('erases everything as it starts again');
    expect(await bridge.exit).toBe(0);
    const again = run(ends, ['start', ...ports], folder);
    await eventually(() => expect(again.out()).toContain('ready '), 20_000);
    expect(again.out()).toContain('Everything was erased');
    expect(readFileSync(join(folder, 'doorlight.yaml'), 'utf8')).not.toContain('alice@contoso.com }]');
  });
});

describe('a damaged configuration', () => {
  it('is replaced by the one that last started well, if that is allowed, and it is said', async () => {
    const folder = await machine();
    const args = ['start', '--config', 'doorlight.yaml', '--last-good', ...anyPorts];
    const first = run(ends, args, folder);
    await eventually(() => expect(first.out()).toContain('ready '), 20_000);
    first.child.kill('SIGTERM');
    await first.exit;
    writeFileSync(join(folder, 'doorlight.yaml'), 'people: [{');
    const second = run(ends, args, folder);
    await eventually(() => expect(second.out()).toContain('ready '), 20_000);
    expect(second.err()).toContain('The configuration is damaged, so the one that last started well is used');
    expect((await done(['start', '--config', 'doorlight.yaml', ...anyPorts], folder)).code).not.toBe(0);
  });

  it.each([
    { wrong: 'what another version knows', text: 'peopel: []\n' },
    { wrong: 'what this machine has not', text: 'mqtt: { users: [{ username: ha, password: "${HA}" }] }\n' },
  ])('comes up all the same, to say so, after a restored backup with $wrong', async ({ text }) => {
    const old = await machine();
    writeFileSync(join(old, 'doorlight.yaml'), text);
    writeFileSync(join(data(old), 'last-good.yaml'), text);
    const file = join(old, 'b.doorlight');
    await done(['backup', file], old);
    const fresh = temporaryFolder(ends);
    await done(['restore', file], fresh);
    const args = ['start', '--config', 'doorlight.yaml', '--last-good', ...anyPorts];
    const bridge = run(ends, args, fresh);
    await eventually(() => expect(bridge.out()).toContain('ready '), 20_000);
    expect(bridge.err()).toContain('The configuration is damaged, so none is used: doorlight.yaml:1');
    expect(readFileSync(join(fresh, 'doorlight.yaml'), 'utf8')).toBe(text);
  });
});
