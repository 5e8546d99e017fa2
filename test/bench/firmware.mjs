// The firmware on Espruino's own interpreter, beside a minimal script on Espruino's own MQTT module: bytes, variables that
// it takes, and instructions per shown message. Those are counted by callgrind, inside the interpreter's handling of events
// only, as the difference of two runs, one with twice as many messages: what starts up, and what idles, falls out.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqttPacket from 'mqtt-packet';
import { minify } from 'terser';

const espruino = process.env.ESPRUINO;
const moduleFile = process.env.ESPRUINO_MQTT;
const messages = 10;
const longestMs = 60_000;
const leds = 12;
const [id, key] = ['door-alice', '00112233445566778899aabbccddeeff'];
const root = join(import.meta.dirname, '../..');
const here = (name) => readFileSync(join(import.meta.dirname, name), 'latin1');

const publish = (topic, payload, messageId) =>
  mqttPacket
    .generate({
      cmd: 'publish',
      topic,
      payload,
      qos: messageId ? 1 : 0,
      messageId,
      dup: false,
      retain: false,
    })
    .toString('latin1');
const look = (r, g) => ({
  ...{ state: 'ON', color_mode: 'rgb', color: { r, g, b: 0 }, brightness: 200, effect: 'solid' },
});
const shows = [look(255, 0), look(0, 255)].map((show, at) =>
  publish(`doorlight/lights/${id}/show`, JSON.stringify(show), 7 + at),
);
const greeting = [
  publish('doorlight/bridge/state', 'online'),
  publish('doorlight/bridge/alive', '{"seq":1}'),
];

/** A text as Espruino reads it, byte by byte. */
const literal = (value) =>
  JSON.stringify(value).replace(
    /[^ -~]|\\u00(..)/g,
    (byte, hex) => `\\x${hex ?? byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

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
function run({ files, granted, greeting }, count, valgrind) {
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-bench-'));
  const writes = Object.entries(files).map(([name, text]) => `storage.write(${[name, text].map(literal)});`);
  const bench = literal({ id, key, count, granted, greeting, shows });
  const program = `var bench = ${bench};\n${here('player.js')}\n${writes.join('')}`;
  writeFileSync(join(folder, 'first.js'), program, 'latin1');
  const counts = join(folder, 'counts');
  const collect = [
    '--tool=callgrind',
    '--toggle-collect=jsiExecuteEventCallback',
    `--callgrind-out-file=${counts}`,
  ];
  const [command, ...before] = valgrind ? ['valgrind', ...collect, espruino] : [espruino];
  try {
    const { stdout } = spawnSync(command, [...before, 'first.js'], { cwd: folder, timeout: longestMs });
    const variables = /<done>(\d+)/.exec(stdout)?.[1];
    if (variables === undefined) throw new Error(`a program fails:\n${stdout}`);
    return { variables: Number(variables), instructions: valgrind ? sumOf(readFileSync(counts, 'utf8')) : 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function programs() {
  const own = readFileSync(join(root, 'dist/firmware-js/app.js'), 'latin1');
  const settings = { id, key, bridge: '127.0.0.1', leds: { count: leds, maxMilliamps: 2000 } };
  const found = [
    {
      name: 'doorlight',
      bytes: own.length,
      files: { 'app.a': own, settings: JSON.stringify(settings) },
      granted: '\x01'.repeat(6),
      greeting,
    },
  ];
  if (moduleFile && existsSync(moduleFile)) {
    const small = async (text) => (await minify(text, { toplevel: false })).code;
    const module = await small(readFileSync(moduleFile, 'latin1'));
    const text = `Modules.addCached("MQTT",function(){${module}});${await small(here('minimal-lamp.js'))}`;
    const lamp = `var lamp=${JSON.stringify({ id, port: 1883, count: leds })};`;
    const files = { 'app.a': lamp + text };
    found.push({ name: 'minimal', bytes: text.length, files, granted: '\x01', greeting: [] });
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
  const rows = (await programs()).map((program) => {
    const { variables } = run(program, messages, false);
    const counted = valgrind ? [messages, 2 * messages].map((count) => run(program, count, true)) : [];
    const [first, second] = counted.map(({ instructions }) => instructions);
    const each = valgrind ? Math.round((second - first) / messages) : undefined;
    return { ...program, variables, each };
  });
  console.log(`\nThe firmware on the real interpreter, a ring of ${leds} LEDs`);
  console.log(`${''.padEnd(32)}${rows.map(({ name }) => name.padStart(12)).join('')}`);
  for (const [what, key] of [
    ['bytes, minified', 'bytes'],
    ['variables that it takes', 'variables'],
    ['instructions per shown message', 'each'],
  ]) {
    const values = rows.map((row) => row[key]);
    const ratio = values.length > 1 && values[0] ? `   ratio ${(values[0] / values[1]).toFixed(2)}` : '';
    console.log(
      `${what.padEnd(32)}${values.map((value) => String(value ?? '-').padStart(12)).join('')}${ratio}`,
    );
  }
}
