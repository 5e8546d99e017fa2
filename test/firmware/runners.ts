/** Two ways to run the built firmware: in Node on the lamp host, and on Espruino's own Linux interpreter. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../protocol/clock.ts';
import { createLampHost } from '../../simulator/lamp/host.ts';

export interface RunningLamp {
  /** Every frame so far: red, green and blue per LED. */
  frames: number[][];
  lines: string[];
  /** Each level, 0 to 1, that a pin was set to. */
  levels: [pin: string, level: number][];
  /** Has the interpreter run out of memory. */
  exhaustMemory(): void;
  /** Types a line at the console, as a bridge does over USB. */
  type(line: string): void;
  /** Presses or releases the button at pin 0, to ground. */
  setButton(pressed: boolean): void;
  /** How many of the interpreter's variables are in use, and how often that was looked at. */
  variables?(): number;
  looks?(): number;
  /** The most of the interpreter's variables in use so far, where there is one. */
  mostVariables?(): number;
  /** Pulls the plug. */
  stop(): Promise<void>;
}

export interface RunLampOptions {
  /** More in Storage, such as `.bootcde`; an empty text takes a file away. */
  files?: Record<string, string>;
  /** How far the lamp's clock is off, in ms. */
  clockOff?: number;
  /** Whether the consoles that the loader closes are there, and print a line as they are closed. */
  consoles?: boolean;
  /** Whether there is no more room in Storage. */
  fullStorage?: boolean;
}

export type RunLamp = (
  firmware: string,
  settings: { id: string; key: string } & Record<string, unknown>,
  options?: RunLampOptions,
) => Promise<RunningLamp>;

export const runOnHost: RunLamp = (firmware, settings, options = {}) => {
  const frames: number[][] = [];
  const lines: string[] = [];
  const levels: [string, number][] = [];
  const host = createLampHost({
    firmware,
    settings,
    clock: { ...systemClock, now: () => systemClock.now() + (options.clockOff ?? 0) },
    random: Math.random,
    log: (line) => lines.push(line),
    onPixels: (rgb) => frames.push([...rgb]),
    onLevel: (pin, level) => levels.push([pin, level]),
    ...(options.fullStorage ? { storageBytes: 1 } : {}),
    ...(options.consoles ? { modules: consoles((line) => lines.push(line)) } : {}),
  });
  for (const [name, text] of Object.entries(options.files ?? {})) {
    if (text) host.files.set(name, text);
    else host.files.delete(name);
  }
  host.start();
  return Promise.resolve({
    frames,
    lines,
    levels,
    exhaustMemory: host.exhaustMemory,
    type: host.type,
    setButton: (pressed) => host.setButton('D0', pressed),
    stop() {
      host.stop();
      return Promise.resolve();
    },
  });
};

/** The modules whose consoles an ESP32 opens by itself. */
function consoles(print: (line: string) => void) {
  return {
    TelnetServer: { setOptions: (options: { mode: string }) => print(`telnet ${options.mode}`) },
    Wifi: { stopAP: () => print('access point off') },
  };
}

const consolesOfEspruino = `
  Modules.addCached("TelnetServer", function() { exports.setOptions = function(o) { print("telnet " + o.mode); }; });
  Modules.addCached("Wifi", function() { exports.stopAP = function() { print("access point off"); }; });`;

/** Files until not even a byte fits: of flash that can only be used up, for a write that fails may leave its header. */
const fillStorage = `
  (function() { var s = require("Storage"), n = 0;
    [4096, 256, 16, 1].forEach(function(size) {
      try { while (n < 9999) { s.write("full" + n, new Uint8Array(size).fill(120)); n++; } } catch (e) {} }); })();`;

/**
 * The interpreter has no neopixel, knows no restart and takes no arguments, so a few lines ahead of the firmware stand
 * in. It runs from Storage, as on a chip, where its text takes no memory. A restart ends the process, and here begins
 * the next one in the same folder, where Storage is a file.
 */
export const runOnEspruino: RunLamp = async (firmware, settings, options = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'doorlight-espruino-'));
  const files = {
    settings: JSON.stringify(settings),
    'app.a': firmware,
    boot: 'a',
    ...options.files,
  };
  const spies = `
    Modules.addCached("neopixel", function() { exports.write = function(pin, data) { print("<P>" + btoa(data)); }; });
    global.analogWrite = function(pin, level) { print("<L>" + JSON.stringify([pin.toString(), level])); };
    global.setWatch = function(run) { global.press = function(state) { run({ state: state }); }; };
    setInterval(function() { print("<M>" + process.memory().usage); }, 100);
    ${options.clockOff ? `(function(now) { global.getTime = function() { return now() + ${options.clockOff / 1000}; }; })(getTime);` : ''}
    ${options.consoles ? consolesOfEspruino : ''}
  `;
  // From Storage as well, so that what is counted is the firmware's.
  const stored = Object.entries({ ...files, spies }).filter(([, text]) => text);
  const writes = stored.map(([name, text]) => `w(${JSON.stringify(name)},${asciiOf(text)});`);
  const start = `require("Storage").read(".bootcde") ? eval(require("Storage").read(".bootcde")) : Function(require("Storage").read("app.a"))();`;
  const install = `function w(n, t) { require("Storage").write(n, t); } ${writes.join(' ')}`;
  const spy = 'eval(require("Storage").read("spies"));';
  await writeFile(
    join(folder, 'first.js'),
    `${install}\n${options.fullStorage ? fillStorage : ''}\n${spy}\n${start}`,
  );
  await writeFile(join(folder, 'again.js'), `${spy}\n${start}`);

  const frames: number[][] = [];
  const lines: string[] = [];
  const levels: [string, number][] = [];
  let most = 0;
  let now = 0;
  let looks = 0;
  let child = boot('first.js');
  let stopped = false;

  function boot(program: string) {
    const started = spawn(process.env['ESPRUINO']!, [program], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let rest = '';
    started.stdout.on('data', (data: Buffer) => {
      const parts = (rest + data.toString('latin1')).split('\n');
      rest = parts.pop()!;
      for (const part of parts) {
        const [, kind, value = ''] = /<([PLM])>(.*)/.exec(part) ?? [];
        if (kind === 'P') frames.push([...Buffer.from(value.trim(), 'base64')]);
        else if (kind === 'L') levels.push(JSON.parse(value) as [string, number]);
        else if (kind === 'M') {
          now = Number(value);
          looks++;
          most = Math.max(most, now);
        } else lines.push(part);
      }
    });
    started.stdin.on('error', () => {});
    started.on('exit', (code) => {
      // As E.reboot() ends, which this build does not implement.
      if (code === 1 && !stopped) child = boot('again.js');
    });
    return started;
  }

  return {
    frames,
    lines,
    levels,
    mostVariables: () => most,
    variables: () => now,
    looks: () => looks,
    exhaustMemory: () => void child.stdin.write('\x10E.emit("errorFlag", ["MEMORY"])\n'),
    type: (line) => void child.stdin.write(`\x10${line}\n`),
    setButton: (pressed) => void child.stdin.write(`\x10press(${!pressed})\n`),
    async stop() {
      stopped = true;
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** A string literal of one byte per character. */
function asciiOf(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
}
