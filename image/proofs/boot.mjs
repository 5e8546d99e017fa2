// Boots two copies of a card image one after the other, and compares: boot.mjs --image IMG --kernel K --initrd I [--arch arm64]
// The dashboard must answer, the two must have different secrets, and nothing may listen that docs/security.md does not list.
import { execFileSync, spawnSync } from 'node:child_process';
import { constants, copyFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { boot } from './machine.mjs';

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    arch: { type: 'string', default: 'arm64' },
    copies: { type: 'string', default: '2' },
  },
});
const work = mkdtempSync(join(tmpdir(), 'doorlight-boot-'));
/** The partitions of a disk, in sectors. */
const partitions = (disk) =>
  JSON.parse(execFileSync('sfdisk', ['--json', disk]).toString()).partitiontable.partitions;
const fat = (disk) => `${disk}@@${partitions(disk)[0].start * 512}`;
const fromCard = (disk, name) => execFileSync('mtype', ['-i', fat(disk), `::${name}`]).toString();
const wifiPassword = 'a secret of the office';

/** A file of the state partition, which is ext4. */
function fromState(disk, name) {
  const part = join(work, 'state.ext4');
  const { start, size } = partitions(disk)[2];
  execFileSync('dd', [
    `if=${disk}`,
    `of=${part}`,
    'bs=512',
    `skip=${start}`,
    `count=${size}`,
    'conv=sparse',
    'status=none',
  ]);
  // The plug was pulled: it plays the journal back, and may say 1 for "mended".
  const { status } = spawnSync('e2fsck', ['-fy', part], { stdio: 'ignore' });
  if (status > 1) throw new Error(`the state partition cannot be mended: e2fsck ${status}`);
  return execFileSync('debugfs', ['-R', `cat ${name}`, part], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
}

function safely(read) {
  try {
    return read();
  } catch {
    return '';
  }
}

async function oneCopy(number) {
  const disk = join(work, `card-${number}.img`);
  copyFileSync(values.image, disk, constants.COPYFILE_FICLONE);
  // A card is larger than the image: the state partition grows at the first boot.
  truncateSync(disk, statSync(disk).size + 300 * 2 ** 20);
  const settings = `wifi_name=Office\r\nwifi_password=${wifiPassword}\r\ncountry=DE\r\nhost_name=lights\r\n`;
  writeFileSync(join(work, 'doorlight.txt'), settings);
  execFileSync('mcopy', ['-o', '-i', fat(disk), join(work, 'doorlight.txt'), '::doorlight.txt']);
  // The emulator forwards every port that is asked for; a closed one ends the connection at once.
  const forward = { ssh: 22, http: 80, mqtt: 1883, mqtts: 8883, hooks: 8081, dns: 53, llmnr: 5355 };
  const startedAt = Date.now();
  const machine = await boot({ ...values, disk, forward });
  try {
    if (!(await machine.up(900_000))) {
      console.log(machine.console().slice(-4_000));
      throw new Error('the page never answered');
    }
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    const ready = await (await fetch(`${machine.url}/readyz`)).json();
    const code = (await machine.said(/claim this bridge with the code (\w+)/))[1];
    const open = [];
    for (const [name, port] of Object.entries(machine.ports)) if (await listens(port)) open.push(name);
    console.log(
      `ok: copy ${number} answers after ${seconds} s, missing ${ready.missing}; open: ${open.sort().join(' ')}`,
    );
    // What it wrote at its first boot is on the card within the minute.
    await new Promise((resolve) => setTimeout(resolve, 65_000));
    return { disk, code, open };
  } finally {
    await machine.kill();
  }
}

/** SLIRP accepts for the guest, so a listener shows by not hanging up at once. */
async function listens(port) {
  const { connect } = await import('node:net');
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('close', () => end(false)).on('error', () => end(false));
    setTimeout(() => end(true), 4_000);
  });
}

try {
  const copies = [];
  for (let i = 1; i <= Number(values.copies); i++) {
    const { disk, code, open } = await oneCopy(i);
    if (open.join() !== ['mqtt', 'mqtts', 'web'].join()) throw new Error(`open ports: ${open}`);
    const text = fromCard(disk, 'doorlight.txt');
    if (text.includes(wifiPassword) || !text.includes('wifi_name=Office'))
      throw new Error(`not wiped: ${text}`);
    // -z: noughts end a line, of which a card has gigabytes.
    if (spawnSync('grep', ['-qazF', wifiPassword, disk]).status !== 1)
      throw new Error('the Wi-Fi password is still somewhere on the card');
    if (partitions(disk)[2].size < 1_000_000) throw new Error('the state partition did not grow');
    const network = fromCard(disk, 'set-up-network.txt').match(/password=(\w{12})/)[1];
    const secrets = { 'claim code': code, 'set-up network': network };
    for (const name of ['secret', 'machine-id', 'doorlight/state/mqtt-ca-key.pem'])
      secrets[name] = safely(() => fromState(disk, name));
    for (const [name, secret] of Object.entries(secrets)) if (!secret) throw new Error(`no secret: ${name}`);
    copies.push(secrets);
    rmSync(disk);
    console.log(`ok: copy ${i} wiped the Wi-Fi password from the card; no byte of the card holds it`);
  }
  if (copies.length > 1) {
    const [a, b] = copies;
    for (const name of Object.keys(a))
      if (a[name] === b[name]) throw new Error(`the two copies have the same secret: ${name}`);
    console.log(`ok: ${Object.keys(a).join(', ')}: different in the two copies`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
