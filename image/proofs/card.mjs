// What the files on the card do, and what happens when the Wi-Fi in them is wrong: card.mjs --image IMG --kernel K --initrd I [--arch A]
// Debian's kernel has simulated radios (mac80211_hwsim): wlan0 is the appliance's and comes up late, as a Pi's does; wlan1 is
// the office's access point, bridged to a second network card of the emulator; wlan2 is the phone of who sets it up.
// The appliance's own cable leads to this machine and nowhere else, so it counts as no network; we come in by it, by SSH.
import { execFileSync, spawnSync } from 'node:child_process';
import { constants, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { askEmulator, boot, freePort } from './machine.mjs';

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    arch: { type: 'string', default: 'arm64' },
  },
});
const bootMs = 1_800_000;
const work = mkdtempSync(join(tmpdir(), 'doorlight-card-'));
const disk = join(work, 'disk.img');
const key = join(work, 'key');
const qmp = join(work, 'qmp');
const password = 'a password of the proof';
const wifi = { name: 'Office', password: 'the right one' };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const said = (text) => console.log(`ok: ${text}`);

copyFileSync(values.image, disk, constants.COPYFILE_FICLONE);
const [{ start }] = JSON.parse(execFileSync('sfdisk', ['--json', disk])).partitiontable.partitions;
const fat = ['-i', `${disk}@@${start * 512}`];
const onCard = (name) => execFileSync('mtype', [...fat, `::${name}`]).toString();
function putOnCard(name, text) {
  writeFileSync(join(work, name), text);
  execFileSync('mcopy', ['-o', ...fat, join(work, name), `::${name}`]);
}

/** A command in the guest, as root; what it says. */
function inside(machine, command, input = '') {
  const to = [
    '-i',
    key,
    '-p',
    machine.ports.ssh,
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'ConnectTimeout=20',
  ];
  const run = spawnSync(
    'ssh',
    [
      ...to.map(String),
      '-o',
      `UserKnownHostsFile=${join(work, 'hosts')}`,
      '-o',
      'LogLevel=ERROR',
      'root@127.0.0.1',
      command,
    ],
    { input, encoding: 'utf8' },
  );
  if (run.status !== 0) throw new Error(`${command}: ${run.status} ${run.stdout} ${run.stderr}`);
  return run.stdout.trim();
}

async function eventually(what, ms, look) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await sleep(1_000);
  }
}

/** What it listens on for others, as `tcp 8080`. */
const listeners = (machine) =>
  [
    ...new Set(
      inside(machine, 'ss -lntuH')
        .split('\n')
        .map((line) => line.split(/\s+/))
        .filter(([, , , , address]) => !/^(127\.|\[::1\])/.test(address))
        .map(([protocol, , , , address]) => `${protocol} ${address.split(':').at(-1)}`),
    ),
  ].sort();

/** The ports of docs/security.md, in the same form. */
const listed = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
  .split('## Listeners')[1]
  .split('\n## ')[0]
  .match(/^\| \d[^|]*/gm)
  .flatMap((cell) => cell.match(/\d+(\/udp)?/g))
  .map((port) => (port.endsWith('/udp') ? `udp ${parseInt(port, 10)}` : `tcp ${port}`));

function checkListeners(machine) {
  const open = listeners(machine);
  const unlisted = open.filter((port) => !listed.includes(port));
  if (unlisted.length > 0) throw new Error(`open and not in docs/security.md: ${unlisted.join(', ')}`);
  said(`listens on nothing but what docs/security.md lists: ${open.join(', ')}`);
}

/** The office: its access point in a room of its own, on the second network card. And a phone, with nothing but its radio. */
const surroundings = `set -e
modprobe mac80211_hwsim radios=3
for _ in $(seq 50); do [ -e /sys/class/net/wlan2 ] && break; sleep 0.2; done
radio() { cat /sys/class/net/$1/phy80211/name; }
ip netns add office
ip netns add phone
iw phy $(radio wlan1) set netns name office
iw phy $(radio wlan2) set netns name phone
ip link set eth1 netns office
cd /run
printf 'country=DE\\nnetwork={\\nssid="${wifi.name}"\\npsk="${wifi.password}"\\nmode=2\\nfrequency=2412\\nkey_mgmt=WPA-PSK\\nproto=RSN\\npairwise=CCMP\\n}\\n' >office.conf
ip netns exec office sh -c 'ip link add br0 type bridge; ip link set br0 up; ip link set eth1 master br0; ip link set eth1 up; wpa_supplicant -B -i wlan1 -b br0 -c office.conf -D nl80211'
`;

/** On the phone: joins the set-up network, gets an address, opens the page, and gives it the right Wi-Fi. */
const phone = ({ name, password: secret }, code) => `set -e
cd /run
printf 'network={\\nssid="${name}"\\npsk="${secret}"\\n}\\n' >phone.conf
ip netns exec phone wpa_supplicant -B -i wlan2 -c phone.conf -D nl80211
for _ in $(seq 180); do ip netns exec phone iw dev wlan2 link | grep -q ^Connected && break; sleep 1; done
ip netns exec phone /usr/lib/klibc/bin/ipconfig -t 60 -c dhcp wlan2
ip netns exec phone node --input-type=module -e '
  const url = "http://192.168.46.1:8080";
  const ask = async (method, path, body, cookie = "") => {
    const answer = await fetch(url + path, { method, headers: { "content-type": "application/json", cookie }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(path + ": " + answer.status + " " + (await answer.text()));
    return answer;
  };
  const claimed = await ask("POST", "/api/claim", ${JSON.stringify({ code, password })});
  const cookie = claimed.headers.get("set-cookie").split(";")[0];
  const { troubles } = await (await ask("GET", "/api/appliance", undefined, cookie)).json();
  console.log(JSON.stringify(troubles));
  await ask("PUT", "/api/appliance/wifi", ${JSON.stringify({ ...wifi, country: 'DE' })}, cookie);
'
`;

async function wrongWifi(machine, officePort) {
  const before = Date.now();
  inside(machine, 'sh -s', surroundings);
  await askEmulator(qmp, 'set_link', { name: 'office', up: true });
  const [, name, secret] = await machine.said(
    /there is one of my own: (Doorlight-\w{4}), password (\w{12});/,
    400_000,
  );
  const written = onCard('set-up-network.txt');
  if (written !== `name=${name}\npassword=${secret}\n`) throw new Error(`on the card: ${written}`);
  const seconds = Math.round((Date.now() - before) / 1000);
  said(
    `a wrong Wi-Fi password: its own network after ${seconds} s; the console and the card say its password`,
  );
  checkListeners(machine);
  const [, code] = await machine.said(/claim this bridge with the code (\w+)/);
  const troubles = inside(machine, 'sh -s', phone({ name, password: secret }, code));
  if (!/"what":"network"/.test(troubles)) throw new Error(`the page says ${troubles}`);
  said(
    'a phone joins it, gets an address, opens the page, which says what is wrong, and gives it the right Wi-Fi',
  );
  const url = `http://127.0.0.1:${officePort}`;
  const answers = () => fetch(`${url}/healthz`, { signal: AbortSignal.timeout(3_000) }).catch(() => {});
  await eventually('the page answers over the Wi-Fi', 180_000, async () => (await answers())?.ok);
  const left = inside(
    machine,
    'ls /run/doorlight/troubles; ls /var/lib/doorlight/state | grep wanted || true',
  );
  if (left) throw new Error(`left: ${left}`);
  const kept = inside(machine, 'cat /state/network/wifi');
  if (kept.includes(wifi.password)) throw new Error('the password itself is kept');
  said('it joins that, the page answers over it, and nothing is wrong any more');
}

/** A USB light that is plugged in later, and what the service may open. */
async function lateLight(machine) {
  await askEmulator(qmp, 'device_add', {
    driver: 'usb-serial',
    chardev: 'light',
    id: 'light',
    'always-plugged': true,
  });
  await eventually('the light is there', 60_000, () => inside(machine, 'ls /dev | grep ttyUSB0 || true'));
  const opens = (device) =>
    inside(
      machine,
      `sh -c 'echo $$ >/sys/fs/cgroup/system.slice/doorlight.service/cgroup.procs; dd if=${device} iflag=nonblock count=0 2>&1 >/dev/null && echo opened || true'`,
    ).includes('opened');
  if (!opens('/dev/ttyUSB0'))
    throw new Error('the service may not open a USB light that was plugged in later');
  if (opens('/dev/vda')) throw new Error('the service may open the card itself');
  said('the service may open a USB light that was plugged in later, and not the card');
}

const started = async (options = {}) => {
  const machine = await boot({ ...values, disk, forward: { ssh: 22 }, network: ',restrict=on', ...options });
  if (!(await machine.up(bootMs)))
    throw new Error(`it does not come up:\n${machine.console().slice(-3_000)}`);
  return machine;
};

let machine;
try {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const line = readFileSync(`${key}.pub`, 'utf8').trim();
  putOnCard(
    'doorlight.txt',
    `wifi_name=${wifi.name}\r\nwifi_password=the wrong one\r\ncountry=de\r\nhost_name=lights\r\nssh_key=${line}\r\n`,
  );
  const officePort = await freePort();
  const net = `user,id=office,net=10.0.3.0/24,hostfwd=tcp:127.0.0.1:${officePort}-10.0.3.15:8080`;
  const more = [
    '-qmp',
    `unix:${qmp},server=on,wait=off`,
    '-netdev',
    net,
    '-device',
    'virtio-net-pci,netdev=office,id=office',
  ];
  machine = await boot({
    ...{ ...values, disk, forward: { ssh: 22 }, network: ',restrict=on' },
    more: [...more, '-device', 'qemu-xhci', '-chardev', 'null,id=light'],
  });
  await eventually('the emulator listens', 10_000, () =>
    askEmulator(qmp, 'set_link', { name: 'office', up: false }).then(
      () => true,
      () => false,
    ),
  );
  if (!(await machine.up(bootMs)))
    throw new Error(`it does not come up:\n${machine.console().slice(-3_000)}`);
  await eventually('SSH by the key on the card', 120_000, () => {
    try {
      return inside(machine, 'hostname') === 'lights';
    } catch {
      return false;
    }
  });
  said('host_name and ssh_key on the card are taken: SSH by that key');
  await lateLight(machine);
  await wrongWifi(machine, officePort);
  inside(machine, 'sync');
  await machine.kill();

  const secretBefore = onCard('set-up-network.txt');
  putOnCard('reset.txt', '');
  putOnCard('doorlight.txt', onCard('doorlight.txt').replace(/^ssh_key=.*/m, ''));
  machine = await started();
  const { claimed } = await (await fetch(`${machine.url}/api/info`)).json();
  await machine.said(/Everything was erased/);
  if (claimed || onCard('set-up-network.txt') === secretBefore) throw new Error('reset.txt erased not all');
  if (spawnSync('mtype', [...fat, '::reset.txt'], { stdio: 'ignore' }).status === 0)
    throw new Error('reset.txt is still there');
  said('reset.txt erases users and the secret of the device, and is gone');
  const refused = spawnSync('ssh', [
    '-i',
    key,
    '-p',
    String(machine.ports.ssh),
    '-o',
    'ConnectTimeout=10',
    'root@127.0.0.1',
    'true',
  ]);
  if (refused.status === 0) throw new Error('SSH is open without ssh_key=');
  said('without its line no SSH');
} catch (error) {
  process.exitCode = 1;
  console.log(`NOT OK: ${error.message}\n${machine?.console().slice(-4_000)}`);
} finally {
  await machine?.kill();
  rmSync(work, { recursive: true, force: true });
}
