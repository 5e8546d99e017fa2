// How many bytes an idle appliance writes to its card: idle.mjs --image IMG --kernel K --initrd I [--arch A] [--minutes 60] [--settle 10]
// Counted by the emulator below the guest's file systems; --settle leaves out the minutes of the first boot.
import { constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { askEmulator, boot } from './machine.mjs';

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    arch: { type: 'string', default: 'arm64' },
    minutes: { type: 'string', default: '60' },
    settle: { type: 'string', default: '10' },
  },
});
const work = mkdtempSync(join(tmpdir(), 'doorlight-idle-'));
const disk = join(work, 'disk.img');
const socket = join(work, 'qmp');
const minutes = (count) => new Promise((resolve) => setTimeout(resolve, count * 60_000));

/** Bytes and operations written since the emulator began. */
async function written() {
  const [{ stats }] = await askEmulator(socket, 'query-blockstats');
  return { bytes: stats.wr_bytes, operations: stats.wr_operations };
}

try {
  copyFileSync(values.image, disk, constants.COPYFILE_FICLONE);
  const machine = await boot({ ...values, disk, more: ['-qmp', `unix:${socket},server=on,wait=off`] });
  try {
    if (!(await machine.up(900_000))) throw new Error('it does not come up');
    await minutes(Number(values.settle));
    const before = await written();
    await minutes(Number(values.minutes));
    const after = await written();
    const perHour = (what) => Math.round(((after[what] - before[what]) * 60) / Number(values.minutes));
    const text = `${perHour('bytes')} bytes in ${perHour('operations')} writes per idle hour`;
    console.log(
      `ok: ${text} (${values.minutes} minutes, after ${values.settle}; ${before.bytes} bytes until then)`,
    );
  } finally {
    await machine.kill();
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
