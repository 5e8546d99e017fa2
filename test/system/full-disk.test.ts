import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { anyPorts, doorlight as run } from './demo-process.ts';
import { type Ends, endAll, eventually, temporaryFolder } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const main = join(import.meta.dirname, '../../dist/bridge/main.js');
const possible = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** Runs the command line where the data directory is a disk of its own, filled to the last byte; FOLDER/after is what was on it at the end. */
function onFullDisk(folder: string, args: string[]) {
  const data = join(folder, 'doorlight-data');
  mkdirSync(data, { recursive: true });
  const script = `set -e; cp -a ${data} ${folder}/before; mount -t tmpfs -o size=256k tmpfs ${data}; cp -a ${folder}/before/. ${data}/
    dd if=/dev/zero of=${data}/fill bs=4k 2>/dev/null || true; cd ${folder}; trap : TERM
    ${process.execPath} ${main} ${args.join(' ')} & wait $! || code=$?; rm ${data}/fill; cp -a ${data} ${folder}/after; exit $code`;
  const env = { ...process.env, LOG_LEVEL: '', DOORLIGHT_BACKUP_PASSPHRASE: 'correct horse battery' };
  const child = spawn('unshare', ['-rm', '--pid', '--fork', '--kill-child', 'sh', '-c', script], { env });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  ends.push(() => {
    child.kill('SIGKILL');
    return exit;
  });
  return { out: () => out, err: () => err, exit };
}

const files = (folder: string) =>
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);

describe.skipIf(!possible)('a full disk (skipped where unshare may not mount)', () => {
  it('lets the bridge come up, and it says so in its log and on its page', async () => {
    const folder = temporaryFolder(ends);
    writeFileSync(join(folder, 'doorlight.yaml'), 'people: [{ id: alice, user: alice@contoso.com }]\n');
    // Somebody is gone since the last start, and with them what they had said.
    mkdirSync(join(folder, 'doorlight-data'));
    const before = { people: [{ id: 'bob', user: 'bob@contoso.com' }], lights: [] };
    writeFileSync(join(folder, 'doorlight-data/entries.json'), JSON.stringify(before));
    writeFileSync(join(folder, 'doorlight-data/say.json'), JSON.stringify({ bob: { share: 'status' } }));
    const bridge = onFullDisk(folder, ['start', '--config', 'doorlight.yaml', ...anyPorts]);
    const url = await eventually(() => {
      expect(bridge.out() + bridge.err()).toContain('ready ');
      return /web=(\S+)/.exec(bridge.out())![1]!;
    }, 20_000);
    expect(bridge.out() + bridge.err()).toMatch(/The disk under .* is full: .*make room/);
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    const answer = await fetch(new URL('/readyz', url));
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('disk');
  });

  it('leaves everything as it was when a backup does not fit', async () => {
    const old = temporaryFolder(ends);
    writeFileSync(join(old, 'doorlight.yaml'), 'people: [{ id: alice, user: alice@contoso.com }]\n');
    const light = ['light', 'add', 'door', '--kind', 'espruino', '--shows', 'alice'];
    await run(ends, light, old).exit;
    const file = join(old, 'b.doorlight');
    const env = { DOORLIGHT_BACKUP_PASSPHRASE: 'correct horse battery' };
    expect(await run(ends, ['backup', file], old, env).exit).toBe(0);
    const folder = temporaryFolder(ends);
    const mine = 'people: [{ id: bob, user: bob@contoso.com }]\n';
    writeFileSync(join(folder, 'doorlight.yaml'), mine);
    await run(ends, ['user', 'add', 'ha', '--access', 'read'], folder).exit;
    const text = readFileSync(join(folder, 'doorlight.yaml'), 'utf8');
    const restore = onFullDisk(folder, ['restore', file, '--yes']);
    expect(await restore.exit).toBe(1);
    expect(restore.err()).toContain('make room. Everything is as it was');
    expect(readFileSync(join(folder, 'doorlight.yaml'), 'utf8')).toBe(text);
    expect(files(join(folder, 'after'))).toEqual(files(join(folder, 'before')));
  });
});
