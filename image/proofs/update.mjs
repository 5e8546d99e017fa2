// Updates on an emulated appliance: a good release is taken, one that cannot start rolls back by itself, an older and a
// foreign one are refused, and a plug pulled in the middle ends in a working system.
// update.mjs --image IMG --kernel K --initrd I --key KEY.pem [--arch A] [--cuts 2]; the image's own key must be KEY's.
import { execFileSync } from 'node:child_process';
import {
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boot, createCaller } from './machine.mjs';

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    key: { type: 'string' },
    arch: { type: 'string', default: 'arm64' },
    cuts: { type: 'string', default: '2' },
  },
});
const here = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'doorlight-update-'));
const disk = join(work, 'disk.img');
const bootMs = 600_000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A folder with a signed release; `broken` cannot start. */
function release(version, { broken = false, key = values.key } = {}) {
  const folder = join(work, `${version}${broken ? '-broken' : ''}`);
  mkdirSync(folder);
  const build = join(here, 'deb/build.sh');
  execFileSync(build, ['--arch', values.arch, '--out', folder, '--version', version], { stdio: 'ignore' });
  const file = join(folder, `doorlight_${version}_${values.arch}.deb`);
  if (broken) {
    const tree = join(work, 'tree');
    execFileSync('dpkg-deb', ['-R', file, tree]);
    writeFileSync(
      join(tree, 'usr/lib/doorlight/dist/bridge/bridge.js'),
      'throw new Error("broken on purpose");\n',
    );
    execFileSync('dpkg-deb', ['--root-owner-group', '-b', tree, file], { stdio: 'ignore' });
    rmSync(tree, { recursive: true });
  }
  writeFileSync(join(work, 'changes'), 'A change of the proof\n');
  execFileSync('node', [join(here, 'sign.mjs'), 'release', key, folder, join(work, 'changes')]);
  return folder;
}

/** What the machine is offered; the emulator's guest reaches this machine's loopback as 10.0.2.2. */
let offered;
const server = createServer((request, response) => {
  try {
    response.end(readFileSync(join(offered, request.url.replaceAll('..', ''))));
  } catch {
    response.writeHead(404).end();
  }
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
// The proof's release server has no certificate, so the address is given as an argument, where http is allowed.
const append = `systemd.setenv=DOORLIGHT_UPDATE_FROM=http://10.0.2.2:${server.address().port}/`;

const password = 'a password of the proof';
let claimed = false;
async function start() {
  const machine = await boot({ ...values, disk, append });
  if (!(await machine.up(bootMs)))
    throw new Error(`It does not come up:\n${machine.console().slice(-3_000)}`);
  const call = createCaller(machine.url);
  const code = claimed ? undefined : (await machine.said(/claim this bridge with the code (\w+)/))[1];
  const { status } = await call('POST', code ? '/api/claim' : '/api/session', {
    ...(code ? { code } : {}),
    password,
  });
  if (status !== 200) throw new Error(`Signing in: ${status}`);
  claimed = true;
  return { ...machine, call };
}

/** Asks for the release, and waits until the updater has said how it ended. */
async function install({ call, url }, version, ms = 900_000) {
  let last = (await call('GET', '/api/appliance')).data.updates.last?.at;
  await call('PUT', '/api/appliance/updates', { automatic: false, install: version });
  const deadline = Date.now() + ms;
  while (Date.now() < deadline) {
    await sleep(3_000);
    // A restart forgets sessions.
    let about = await call('GET', '/api/appliance').catch(() => undefined);
    if (about?.status === 401) {
      await call('POST', '/api/session', { password }).catch(() => {});
      about = await call('GET', '/api/appliance').catch(() => undefined);
    }
    const now = about?.data.updates?.last;
    if (now && now.at !== last) return { ...now, running: about.data.version };
    last ??= undefined;
  }
  throw new Error(`No end of the update to ${version} at ${url}`);
}

function expect(what, found, wanted) {
  for (const [key, value] of Object.entries(wanted))
    if (found[key] !== value)
      throw new Error(`${what}: ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  console.log(`ok: ${what}: ${JSON.stringify(found)}`);
}

try {
  copyFileSync(values.image, disk, constants.COPYFILE_FICLONE);
  const good = release('90.0.0');
  const bad = release('91.0.0', { broken: true });
  const older = release('0.0.1');
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', join(work, 'foreign.pem')]);
  const foreign = release('92.0.0', { key: join(work, 'foreign.pem') });

  let machine = await start();
  offered = good;
  expect('a good release', await install(machine, '90.0.0'), { outcome: 'installed', running: '90.0.0' });
  offered = bad;
  expect('one that cannot start', await install(machine, '91.0.0'), {
    outcome: 'rolled-back',
    running: '90.0.0',
  });
  offered = older;
  expect('an older one', await install(machine, '0.0.1'), { outcome: 'refused', running: '90.0.0' });
  offered = foreign;
  expect('a foreign one', await install(machine, '92.0.0'), { outcome: 'refused', running: '90.0.0' });

  for (let cut = 1; cut <= Number(values.cuts); cut++) {
    offered = release(`93.0.${cut}`);
    await machine.call('PUT', '/api/appliance/updates', { automatic: false, install: `93.0.${cut}` });
    await sleep(Math.random() * 60_000);
    await machine.kill();
    machine = await start();
    const { data } = await machine.call('GET', '/api/appliance');
    console.log(`ok: cut ${cut} during an update: it is up again, on ${data.version}`);
  }
  await machine.kill();
} finally {
  server.close();
  rmSync(work, { recursive: true, force: true });
}
process.exit(process.exitCode ?? 0);
