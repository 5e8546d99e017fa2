// What can be wrong with a card and its surroundings, one boot for each: a full disk, a corrupt state file, a dead sector
// under one, a half-written update, a state partition past mending, no clock, no network. It must come up, say on the page
// what is wrong, and know the password it accepted before.
// faults.mjs --image IMG --kernel K --initrd I [--arch A] [--only full,corrupt,…]
import { execFileSync } from 'node:child_process';
import { constants, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { boot, createCaller } from './machine.mjs';

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    arch: { type: 'string', default: 'arm64' },
    only: { type: 'string', default: 'corrupt,full,sector,update,lost,clock,network' },
  },
});
const bootMs = 900_000;
const work = mkdtempSync(join(tmpdir(), 'doorlight-faults-'));
const base = join(work, 'base.img');
const disk = join(work, 'disk.img');
const part = join(work, 'state.ext4');
const password = 'a password of the proof';
const kept = '/doorlight/state/web-password.json';

function run(program, ...args) {
  return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 }).toString();
}

/** The state partition of `base`, in sectors. */
const place = () => JSON.parse(run('sfdisk', '--json', base)).partitiontable.partitions[2];

/** Takes the state partition out of the disk, with its journal played. */
function takeOut() {
  const { start, size } = place();
  run('dd', `if=${base}`, `of=${part}`, `skip=${start}`, `count=${size}`, 'conv=sparse', 'status=none');
  try {
    run('e2fsck', '-fy', part);
  } catch {
    // 1: something was mended, which a pulled plug leaves to do.
  }
}

function putBack() {
  run('dd', `if=${part}`, `of=${disk}`, `seek=${place().start}`, 'conv=notrunc', 'status=none');
}

/** The first sector of a file, counted from the start of the disk. */
function sectorOf(file) {
  const [block] = run('debugfs', '-R', `blocks ${file}`, part).trim().split(' ');
  if (!(Number(block) > 0)) throw new Error(`${file} is not on the card.`);
  const blockSize = /Block size: *(\d+)/.exec(run('dumpe2fs', '-h', part))[1];
  return place().start + (Number(block) * Number(blockSize)) / 512;
}

const zero = (sector, count) =>
  run('dd', 'if=/dev/zero', `of=${disk}`, `seek=${sector}`, `count=${count}`, 'conv=notrunc', 'status=none');

/** What the page says is wrong, to who knows the password. */
async function troubles(machine, options = {}) {
  const call = createCaller(machine.url);
  const code = options.fresh && (await machine.said(/claim this bridge with the code (\w+)/))[1];
  const { status } = await call('POST', code ? '/api/claim' : '/api/session', {
    ...(code ? { code } : {}),
    password,
  });
  if (status !== 200) throw new Error(`signing in: ${status}`);
  return (await call('GET', '/api/appliance')).data.troubles.map(({ what, text }) => `${what}: ${text}`);
}

/** Boots `disk` and checks what the page says; `wanted` undefined: nothing may be wrong. */
async function prove(name, { wanted, prepare, fresh, ...options }) {
  if (!values.only.split(',').includes(name)) return;
  copyFileSync(base, disk, constants.COPYFILE_FICLONE);
  prepare?.();
  const machine = await boot({ ...values, disk, ...options });
  try {
    if (!(await machine.up(bootMs)))
      throw new Error(`it does not come up:\n${machine.console().slice(-3_000)}`);
    const said = await troubles(machine, { fresh });
    if (wanted ? !said.some((text) => wanted.test(text)) : said.length > 0)
      throw new Error(`the page says ${JSON.stringify(said)}`);
    if (wanted && !wanted.test(machine.console()))
      await machine.said(new RegExp(wanted.source.replace(/^\w+: /, '')));
    console.log(`ok: ${name}: ${said.join(' | ') || 'nothing is lost, nothing to say'}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`NOT OK: ${name}: ${error.message}`);
  } finally {
    await machine.kill();
  }
}

try {
  copyFileSync(values.image, base, constants.COPYFILE_FICLONE);
  const first = await boot({ ...values, disk: base });
  if (!(await first.up(bootMs))) throw new Error(`It does not come up:\n${first.console().slice(-3_000)}`);
  await troubles(first, { fresh: true });
  await first.kill();
  takeOut();
  const sector = sectorOf(kept);

  await prove('corrupt', {
    wanted: /state: .*web-password\.json was damaged or gone: its copy is used/,
    prepare: () => zero(sector, 2),
  });
  await prove('sector', {
    wanted: /state: .*web-password\.json was damaged or gone: its copy is used/,
    // Each read of this sector fails, as on a dying card.
    drive: `file.driver=blkdebug,file.image.driver=file,file.image.filename=${disk},file.inject-error.0.event=none,file.inject-error.0.iotype=read,file.inject-error.0.sector=${sector},file.inject-error.0.errno=5`,
  });
  await prove('full', {
    wanted: /disk: The disk under .* is full/,
    prepare() {
      const filler = join(work, 'filler');
      const free = /Free blocks: *(\d+)/.exec(run('dumpe2fs', '-h', part))[1];
      const blockSize = /Block size: *(\d+)/.exec(run('dumpe2fs', '-h', part))[1];
      writeFileSync(filler, Buffer.alloc(Number(free) * Number(blockSize) - 2_000_000, 'x'));
      run('debugfs', '-w', '-R', `write ${filler} filler`, part);
      for (let size = 1_000_000; size >= 1_000; size = Math.floor(size / 2)) {
        writeFileSync(filler, Buffer.alloc(size, 'x'));
        for (const again of [1, 2])
          run('debugfs', '-w', '-R', `write ${filler} filler-${size}-${again}`, part);
      }
      putBack();
      takeOut();
    },
  });
  await prove('update', {
    prepare() {
      const commands = [
        'mkdir releases/90.0.0.new',
        'mkdir releases/91.0.0',
        'symlink releases/current 91.0.0',
        'symlink releases/good.next 91.0.0',
      ];
      for (const command of commands) run('debugfs', '-w', '-R', command, part);
      putBack();
      takeOut();
    },
  });
  await prove('lost', {
    wanted: /state: The state partition of this card cannot be used/,
    fresh: true,
    prepare: () => zero(place().start, place().size),
  });
  await prove('clock', {
    wanted: /clock: The clock stands at/,
    more: ['-rtc', 'base=2001-01-01T00:00:00'],
    append: 'systemd.mask=systemd-timesyncd.service',
  });
  if (values.only.split(',').includes('network')) {
    copyFileSync(base, disk, constants.COPYFILE_FICLONE);
    const machine = await boot({ ...values, disk, network: false });
    await machine.said(/ready web=\S+/, bootMs);
    console.log('ok: network: it is ready without any network card');
    await machine.kill();
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
