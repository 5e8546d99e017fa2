// Pulls the plug of an emulated appliance at random moments, and looks whether anything accepted was lost:
// powercuts.mjs --image IMG --kernel K --initrd I [--arch amd64] [--cuts 50] [--seed S] [--minutes M]
// A cut is SIGKILL to the emulator, which writes through to the disk and holds nothing back; what the guest had not
// written is gone. Each cut: boot, sign in, change a setting again and again, and kill at a random moment; some cuts fall
// into the boot itself. At the next boot the setting must be the last one that was answered with 200, or the one on its way.
import { constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { boot, createCaller } from './machine.mjs';

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    arch: { type: 'string', default: 'amd64' },
    cuts: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    minutes: { type: 'string', default: '600' },
  },
});
const bootMs = 420_000;
let state = Number(values.seed);
/** mulberry32, so that a run can be repeated as far as an emulator repeats itself. */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const work = mkdtempSync(join(tmpdir(), 'doorlight-cuts-'));
const disk = join(work, 'disk.img');
copyFileSync(values.image, disk, constants.COPYFILE_FICLONE);
const until = Date.now() + Number(values.minutes) * 60_000;
const password = 'a password of the proof';
const counts = { cuts: 0, whileBooting: 0, whileSetting: 0, settings: 0, lost: 0, panics: 0, deadBoots: 0 };
let accepted;
let onItsWay;
let claimed = false;
let day = 0;

async function signIn(machine) {
  const call = createCaller(machine.url);
  claimed ||= (await call('GET', '/api/info')).data.claimed;
  const { status } = claimed
    ? await call('POST', '/api/session', { password })
    : await call('POST', '/api/claim', {
        code: (await machine.said(/claim this bridge with the code (\w+)/))[1],
        password,
      });
  if (status !== 200) throw new Error(`The password that was accepted is gone: ${status}.`);
  claimed = true;
  return call;
}

/** The setting as the machine has it after a cut. */
async function look(call) {
  const now = (await call('GET', '/api/appliance')).data.updates.putOffUntil;
  if (accepted !== undefined && now !== accepted && now !== onItsWay) {
    counts.lost++;
    console.log(`lost: ${accepted} was accepted, ${onItsWay} was on its way, and now it is ${now}`);
  }
  accepted = now;
}

/** A kernel that gives up and starts again by itself is counted, and is no dead boot: that is what the card does too. */
async function up(machine) {
  const alive = await machine.up(bootMs);
  for (const [line] of machine.console().matchAll(/Kernel panic.*/g)) {
    counts.panics++;
    console.log(line);
  }
  if (alive) return true;
  counts.deadBoots++;
  console.log(machine.console().slice(-3_000));
  return false;
}

async function oneCut() {
  const machine = await boot({ ...values, disk });
  try {
    if (claimed && random() < 0.3) {
      await new Promise((resolve) => setTimeout(resolve, random() * machine.usualBootMs()));
      counts.whileBooting++;
      return;
    }
    if (!(await up(machine))) return;
    const call = await signIn(machine);
    await look(call);
    let pulled = false;
    setTimeout(
      () => {
        pulled = true;
        machine.kill();
      },
      200 + random() * 6_000,
    );
    while (!pulled) {
      onItsWay = new Date(Date.UTC(2030, 0, 1) + ++day * 86_400_000).toISOString().slice(0, 10);
      const put = call('PUT', '/api/appliance/updates', { putOffUntil: onItsWay });
      const { status } = await put.catch(() => ({ status: 0 }));
      if (status !== 200) break;
      accepted = onItsWay;
      counts.settings++;
    }
    counts.whileSetting++;
  } finally {
    await machine.kill();
    counts.cuts++;
  }
}

try {
  while (counts.cuts < Number(values.cuts) && Date.now() < until) {
    await oneCut();
    console.log(`cut ${counts.cuts}: ${JSON.stringify(counts)}`);
  }
  const last = await boot({ ...values, disk });
  const alive = await up(last);
  if (alive) await look(await signIn(last));
  await last.kill();
  const good = alive && counts.lost === 0 && counts.deadBoots === 0;
  console.log(`${good ? 'ok' : 'NOT OK'}: ${values.arch}, seed ${values.seed}: ${JSON.stringify(counts)}`);
  process.exitCode = good ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
