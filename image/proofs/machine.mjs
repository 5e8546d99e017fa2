// An emulated machine that boots a card image; the page is forwarded to a port of this machine's loopback.
import { spawn } from 'node:child_process';
import { createConnection, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const bootTimes = [];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Boots a disk. `append`: more for the kernel's command line; `forward`: guest ports by name; `drive`: in place of the
 * plain file, such as one with a dead sector; `network`: false, no network card at all, or what to add to its settings;
 * `more`: for the emulator itself.
 */
export async function boot({
  disk,
  kernel,
  initrd,
  arch,
  append = '',
  forward = {},
  drive = `file=${disk}`,
  network = '',
  more = [],
}) {
  const guestPorts = { web: 8080, ...forward };
  const ports = {};
  for (const name of Object.keys(guestPorts)) ports[name] = await freePort();
  const rules = Object.entries(guestPorts).map(
    ([name, guest]) => `hostfwd=tcp:127.0.0.1:${ports[name]}-:${guest}`,
  );
  const [program, machine, serial] =
    arch === 'arm64'
      ? ['qemu-system-aarch64', ['-M', 'virt', '-cpu', 'cortex-a72'], 'ttyAMA0']
      : ['qemu-system-x86_64', ['-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max'], 'ttyS0'];
  const rest = `-smp 2 -m 1024 -display none -serial stdio -device virtio-rng-pci`.split(' ');
  const child = spawn(
    'nice',
    [
      ...['-n', '10', program, ...machine, ...rest, '-kernel', kernel, '-initrd', initrd],
      '-append',
      // panic=10 as on the card (image/root/etc/default/raspi-extra-cmdline): a kernel that gives up starts again by itself.
      `root=LABEL=doorlight-root ro console=${serial} panic=10 net.ifnames=0 ${append}`,
      ...['-drive', `${drive},format=raw,if=virtio,cache=directsync`],
      ...['-nic', network === false ? 'none' : `user,model=virtio-net-pci,${rules.join(',')}${network}`],
      ...more,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  const startedAt = Date.now();
  const url = `http://127.0.0.1:${ports.web}`;
  return {
    url,
    ports,
    exit,
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a console's colours
    console: () => text.replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]/g, ''),
    usualBootMs: () => (bootTimes.length ? bootTimes.reduce((a, b) => a + b) / bootTimes.length : 60_000),
    /** Whether the page answers before `ms` are over. */
    async up(ms) {
      while (Date.now() - startedAt < ms && child.exitCode === null) {
        const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(3_000) }).catch(() => {});
        if (answer?.ok) {
          bootTimes.push(Date.now() - startedAt);
          return true;
        }
        await sleep(500);
      }
      return false;
    },
    /** What the console says, once it does; the last time that it did. */
    async said(pattern, ms = 120_000) {
      const deadline = Date.now() + ms;
      for (;;) {
        const found = [...this.console().matchAll(new RegExp(pattern, 'g'))].at(-1);
        if (found) return found;
        if (Date.now() > deadline) throw new Error(`The console never said ${pattern}.`);
        await sleep(500);
      }
    },
    /** The plug is pulled. nice(1) has become the emulator by exec. */
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** Asks the emulator by its QMP, at the socket that `-qmp unix:…,server=on,wait=off` made. */
export async function askEmulator(socket, execute, args = {}) {
  const connection = createConnection(socket);
  const lines = createInterface(connection)[Symbol.asyncIterator]();
  const ask = async (command) => {
    connection.write(`${JSON.stringify(command)}\n`);
    for (;;) {
      const answer = JSON.parse((await lines.next()).value);
      if (answer.error) throw new Error(`${execute}: ${answer.error.desc}`);
      if ('return' in answer) return answer.return;
    }
  };
  try {
    await ask({ execute: 'qmp_capabilities' });
    return await ask({ execute, arguments: args });
  } finally {
    connection.destroy();
  }
}

/** Calls the API, keeping the cookie. */
export function createCaller(url) {
  let cookie = '';
  return async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), cookie },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(30_000),
    });
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return { status: answer.status, data: await answer.json().catch(() => ({})) };
  };
}
