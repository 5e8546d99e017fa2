// The firmware on Espruino's own interpreter, beside a minimal script on Espruino's own MQTT module: bytes, variables in
// use, and instructions per shown message. Those are counted by callgrind, inside the interpreter's handling of events
// only, as the difference of two runs, one with twice as many messages: what starts up, and what idles, falls out.
import { spawn, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { minify } from 'terser';
import { bridgeProof } from '../../dist/protocol/lamp-login.js';

const espruino = process.env.ESPRUINO;
const moduleFile = process.env.ESPRUINO_MQTT;
const messages = 100;
const leds = 12;
const [id, key] = ['door-alice', '00112233445566778899aabbccddeeff'];
const topic = (what) => `doorlight/lights/${id}/${what}`;
const root = join(import.meta.dirname, '../..');

const look = (r, g) => ({
  ...{ state: 'ON', color_mode: 'rgb', color: { r, g, b: 0 }, brightness: 200, effect: 'solid' },
});
const shows = [look(255, 0), look(0, 255)].map((show) => JSON.stringify(show));

/** A broker that lets everybody in, and the answer to a lamp's probe. */
async function startBridge() {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const udp = createSocket('udp4');
  udp.on('message', (probe, from) => {
    const nonceL = String(probe).split(' ')[2];
    const nonceB = randomBytes(16).toString('hex');
    const proof = createHmac('sha256', key)
      .update(bridgeProof(id, nonceL, nonceB, '-', port))
      .digest('hex');
    udp.send(`DL1 - ${port} ${nonceB} ${proof}`, from.port, from.address);
  });
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const publish = (name, payload, retain) =>
    new Promise((resolve) => {
      broker.publish({ cmd: 'publish', qos: 1, dup: false, topic: name, payload, retain }, resolve);
    });
  await publish('doorlight/bridge/state', 'online', true);
  return { broker, port, probePort: udp.address().port, publish, close: () => [udp.close(), server.close()] };
}

/**
 * The instructions in callgrind's file (its manual, "Callgrind Format Specification") that are the interpreter's own.
 * The C library's are left out: with them Linux plays the flash, which a chip has mapped into its memory.
 */
function sumOf(text) {
  const names = new Map();
  let own = false;
  let called = false;
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, number, name] = /^ob=\((\d+)\)(?: (.*))?/.exec(line) ?? [];
    if (number) {
      if (name) names.set(number, name);
      own = names.get(number) === espruino;
    } else if (line.startsWith('calls=')) called = true;
    else if (/^[-+*\d]/.test(line)) {
      // The line after a call has the costs of what was called, which stand there, too.
      if (own && !called) sum += Number(line.split(' ')[1]);
      called = false;
    } else {
      const [, other, path] = /^cob=\((\d+)\) (.*)/.exec(line) ?? [];
      if (other) names.set(other, path);
    }
  }
  return sum;
}

/** Runs a program from Storage, as on a chip, until it has shown and answered `count` messages. */
async function run(bridge, files, count, valgrind) {
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-bench-'));
  const writes = Object.entries(files).map(([name, text]) => `s.write(${[name, text].map(JSON.stringify)});`);
  const program = `var s = require("Storage"); ${writes.join('')}
    Modules.addCached("neopixel", function() { exports.write = function() {}; });
    ${valgrind ? '' : 'setInterval(function() { print("<M>" + process.memory().usage); }, 100);'}
    Function(s.read("app.a"))();`;
  writeFileSync(join(folder, 'first.js'), program);
  const counts = join(folder, 'counts');
  const collect = [
    '--tool=callgrind',
    '--toggle-collect=jsiExecuteEventCallback',
    `--callgrind-out-file=${counts}`,
  ];
  const [command, ...before] = valgrind ? ['valgrind', ...collect, espruino] : [espruino];
  const child = spawn(command, [...before, 'first.js'], { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });
  let variables = 0;
  const failed = new Promise((_, reject) => {
    child.stdout.on('data', (data) => {
      if (String(data).includes('Uncaught')) reject(new Error(`a program fails:\n${data}`));
    });
  });
  child.stdout.on('data', (data) => {
    for (const [, used] of String(data).matchAll(/<M>(\d+)/g)) variables = Number(used);
  });
  const { broker } = bridge;
  const ended = Promise.race([
    failed,
    once(child, 'exit').then(() => Promise.reject(new Error('the interpreter has ended'))),
  ]);
  ended.catch(() => {});
  const subscribed = new Promise((resolve) => {
    broker.on('subscribe', function hear(list) {
      if (!list.some((one) => one.topic === topic('show'))) return;
      broker.off('subscribe', hear);
      resolve();
    });
  });
  try {
    await Promise.race([subscribed, ended]);
    let alive = bridge.publish('doorlight/bridge/alive', '{"seq":1}', false);
    const timer = setInterval(() => {
      alive = bridge.publish('doorlight/bridge/alive', '{"seq":2}', false);
    }, 10_000);
    await alive;
    for (let at = 0; at < count; at++) {
      const show = shows[at % 2];
      const answered = new Promise((resolve) => {
        broker.on('publish', function hear(packet) {
          if (packet.topic !== topic('state')) return;
          const { color } = JSON.parse(packet.payload);
          if (JSON.stringify(color) !== JSON.stringify(JSON.parse(show).color)) return;
          broker.off('publish', hear);
          resolve();
        });
      });
      await bridge.publish(topic('show'), show, false);
      await Promise.race([answered, ended]);
    }
    clearInterval(timer);
    if (!valgrind) await wait(1500);
    const over = once(child, 'exit');
    child.stdin.write('\x10quit()\n');
    await over;
    return { variables, instructions: valgrind ? sumOf(readFileSync(counts, 'utf8')) : 0 };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function programs(bridge) {
  const own = readFileSync(join(root, 'dist/firmware-js/app.js'), 'latin1');
  const settings = { id, key, bridge: '127.0.0.1', probePort: bridge.probePort };
  const found = [
    {
      name: 'doorlight',
      bytes: own.length,
      files: {
        'app.a': own,
        settings: JSON.stringify({ ...settings, leds: { count: leds, maxMilliamps: 2000 } }),
      },
    },
  ];
  if (moduleFile && existsSync(moduleFile)) {
    const small = async (text) => (await minify(text, { toplevel: false })).code;
    const module = await small(readFileSync(moduleFile, 'latin1'));
    const script = await small(readFileSync(join(import.meta.dirname, 'minimal-lamp.js'), 'latin1'));
    const text = `Modules.addCached("MQTT",function(){${module}});${script}`;
    const lamp = `var lamp=${JSON.stringify({ id, port: bridge.port, count: leds })};`;
    found.push({ name: 'minimal', bytes: text.length, files: { 'app.a': lamp + text } });
  } else {
    console.log(
      'Without the minimal script: ESPRUINO_MQTT is not the path of modules/MQTT.js of espruino/EspruinoDocs.',
    );
  }
  return found;
}

if (!espruino) {
  console.log("\nThe firmware: not measured, ESPRUINO is not set to the path of Espruino's Linux build.");
} else {
  const valgrind = spawnSync('valgrind', ['--version']).error === undefined;
  if (!valgrind) console.log('valgrind is not installed: instructions are not counted.');
  const bridge = await startBridge();
  try {
    const rows = [];
    for (const { name, bytes, files } of await programs(bridge)) {
      const { variables } = await run(bridge, files, 10, false);
      let each;
      if (valgrind) {
        const once = await run(bridge, files, messages, true);
        const twice = await run(bridge, files, messages * 2, true);
        each = Math.round((twice.instructions - once.instructions) / messages);
      }
      rows.push({ name, bytes, variables, each });
    }
    console.log(`\nThe firmware on the real interpreter, a ring of ${leds} LEDs`);
    console.log(`${''.padEnd(32)}${rows.map(({ name }) => name.padStart(12)).join('')}`);
    for (const [what, key] of [
      ['bytes, minified', 'bytes'],
      ['variables in use', 'variables'],
      ['instructions per shown message', 'each'],
    ]) {
      const values = rows.map((row) => row[key]);
      const ratio = values.length > 1 && values[0] ? `   ratio ${(values[0] / values[1]).toFixed(2)}` : '';
      console.log(
        `${what.padEnd(32)}${values.map((value) => String(value ?? '-').padStart(12)).join('')}${ratio}`,
      );
    }
  } finally {
    bridge.close();
    bridge.broker.close();
  }
}
