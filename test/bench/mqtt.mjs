// The broker of a running bridge, with its accounts and access rules, beside bare Aedes and mosquitto: each in its own
// process, measured in turn, round by round, so that what else the machine does falls on all of them alike.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import mqttPacket from 'mqtt-packet';

const rounds = 9;
const logIns = 100;
const trips = 300;
const burst = 5_000;
const readers = 50;
const fanOuts = 40;
const account = { username: 'bench', password: Buffer.from('bench-password') };
const folder = mkdtempSync(join(tmpdir(), 'doorlight-bench-'));

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Resolves with the process once its port answers. */
async function run(name, command, args, port) {
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore' });
  for (;;) {
    const answers = await new Promise((resolve) => {
      const probe = connectTcp(port, '127.0.0.1', () => resolve(probe.destroy() && true));
      probe.once('error', () => setTimeout(resolve, 50, false));
    });
    if (answers) return { name, port, child };
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
  }
}

async function startAll() {
  const started = [];
  const bare = await freePort();
  const script = `import { Aedes } from ${JSON.stringify(import.meta.resolve('aedes'))};
import { createServer } from 'node:net';
const aedes = await Aedes.createBroker();
createServer((socket) => { socket.setNoDelay(true); aedes.handle(socket); }).listen(${bare}, '127.0.0.1');`;
  writeFileSync(join(folder, 'bare.mjs'), script);
  started.push(await run('bare Aedes', process.execPath, ['bare.mjs'], bare));

  const ours = await freePort();
  const config = `mqtt: { listen: { host: 127.0.0.1, tlsPort: 0, probePort: 0 }, users: [{ username: bench, password: bench-password, access: all }] }
web: { host: 127.0.0.1, port: 0 }
hooks: { port: 0 }
`;
  writeFileSync(join(folder, 'doorlight.yaml'), config);
  const main = join(import.meta.dirname, '../../dist/bridge/main.js');
  started.push(await run('doorlight', process.execPath, [main, 'start', '--mqtt-port', String(ours)], ours));

  if (spawnSync('mosquitto', ['-h']).error === undefined) {
    const port = await freePort();
    const passwords = join(folder, 'passwords');
    spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'bench', 'bench-password']);
    const settings = `listener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${passwords}\nset_tcp_nodelay true\npersistence false\nuser root\n`;
    writeFileSync(join(folder, 'mosquitto.conf'), settings);
    started.push(await run('mosquitto', 'mosquitto', ['-c', join(folder, 'mosquitto.conf')], port));
  } else console.log('mosquitto is not installed: measured without it.');
  return started;
}

/** A client that calls `onPacket` with everything, after its log-in. */
function open(port, clientId, onPacket = () => {}) {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.once('error', reject);
    const parser = mqttPacket.parser();
    const send = (packet) => socket.write(mqttPacket.generate(packet));
    const client = { socket, send, onPacket };
    parser.on('packet', (packet) => {
      if (packet.cmd === 'connack' && packet.returnCode === 0) resolve(client);
      else if (packet.cmd === 'connack') reject(new Error(`refused with ${packet.returnCode}`));
      else client.onPacket(packet);
    });
    socket.on('data', (bytes) => parser.parse(bytes));
    send({ cmd: 'connect', clientId, clean: true, keepalive: 0, ...account });
  });
}

async function subscribe(client, topic, qos) {
  await new Promise((resolve) => {
    client.onPacket = resolve;
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos }] });
  });
}

const message = (qos, payload) =>
  mqttPacket.generate({ cmd: 'publish', topic: 'bench/a', payload, qos, messageId: 1, retain: false });
const text = JSON.stringify({ state: 'ON', color: { r: 255, g: 0, b: 0 }, brightness: 255, effect: 'pulse' });

/** ms for one log-in. */
async function logIn({ port }) {
  const started = performance.now();
  for (let index = 0; index < logIns; index++) (await open(port, `login-${index}`)).socket.destroy();
  return (performance.now() - started) / logIns;
}

/** ms from a publish of QoS 1 to its arrival, one after the other. */
async function trip({ port }) {
  const [sender, reader] = [await open(port, 'sender'), await open(port, 'reader')];
  await subscribe(reader, 'bench/a', 1);
  const bytes = message(1, text);
  const started = performance.now();
  for (let index = 0; index < trips; index++) {
    await new Promise((resolve) => {
      reader.onPacket = ({ messageId }) => {
        reader.send({ cmd: 'puback', messageId });
        resolve();
      };
      sender.socket.write(bytes);
    });
  }
  const took = (performance.now() - started) / trips;
  sender.socket.destroy();
  reader.socket.destroy();
  return took;
}

/** ms for a message of QoS 0 among many. */
async function flood({ port }) {
  const [sender, reader] = [await open(port, 'sender'), await open(port, 'reader')];
  await subscribe(reader, 'bench/a', 0);
  const bytes = Buffer.concat(Array.from({ length: 100 }, () => message(0, text)));
  const started = performance.now();
  await new Promise((resolve) => {
    let left = burst;
    reader.onPacket = () => {
      if (--left === 0) resolve();
    };
    for (let index = 0; index < burst / 100; index++) sender.socket.write(bytes);
  });
  const took = (performance.now() - started) / burst;
  sender.socket.destroy();
  reader.socket.destroy();
  return took;
}

/** ms until the last of many subscribers has one message of QoS 1. */
async function fanOut({ port }) {
  const sender = await open(port, 'sender');
  const all = [];
  for (let index = 0; index < readers; index++) {
    const reader = await open(port, `reader-${index}`);
    await subscribe(reader, 'bench/#', 1);
    all.push(reader);
  }
  const bytes = message(1, text);
  const started = performance.now();
  for (let index = 0; index < fanOuts; index++) {
    await new Promise((resolve) => {
      let left = readers;
      for (const reader of all) {
        reader.onPacket = ({ messageId }) => {
          reader.send({ cmd: 'puback', messageId });
          if (--left === 0) resolve();
        };
      }
      sender.socket.write(bytes);
    });
  }
  const took = (performance.now() - started) / fanOuts;
  for (const { socket } of [sender, ...all]) socket.destroy();
  return took;
}

const measures = {
  'log-in, ms': logIn,
  'QoS 1, one to one, ms': trip,
  'QoS 0, in a flood, ms': flood,
  [`QoS 1, one to ${readers}, ms`]: fanOut,
};
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const residentOf = ({ child }) => {
  try {
    return `${(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024).toFixed(0)} MiB`;
  } catch {
    return '?';
  }
};

const brokers = await startAll();
try {
  const found = new Map(Object.keys(measures).map((name) => [name, brokers.map(() => [])]));
  // The first round warms up, and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, measure] of Object.entries(measures)) {
      for (const [index, broker] of brokers.entries()) {
        const took = await measure(broker);
        if (round > 0) found.get(name)[index].push(took);
      }
    }
  }
  const [bare, ours, other] = brokers;
  console.log(
    `\nThe broker of the bridge, each median of ${rounds} rounds; ratios of doorlight to the others`,
  );
  const columns = brokers.map(({ name }) => name.padStart(12)).join('');
  const ratios = [bare, ...(other ? [other] : [])].map(({ name }) => `/ ${name}`.padStart(14)).join('');
  console.log(`${''.padEnd(26)}${columns}${ratios}`);
  for (const [name, times] of found) {
    const medians = times.map(median);
    const values = medians.map((value) => value.toFixed(3).padStart(12)).join('');
    const against = medians.filter((_, index) => index !== 1).map((value) => (medians[1] / value).toFixed(2));
    console.log(`${name.padEnd(26)}${values}${against.map((ratio) => ratio.padStart(14)).join('')}`);
  }
  console.log(
    `${'resident'.padEnd(26)}${brokers.map((broker) => residentOf(broker).padStart(12)).join('')}  (${ours.name}: the whole bridge)`,
  );
} finally {
  for (const { child } of brokers) child.kill();
  // A bridge writes its state as it ends.
  await Promise.all(brokers.map(({ child }) => child.exitCode ?? once(child, 'exit')));
  rmSync(folder, { recursive: true, force: true });
}
