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
  /** The most of the interpreter's variables in use so far, where there is one. */
  mostVariables?(): number;
  /** Pulls the plug. */
  stop(): Promise<void>;
}

export type RunLamp = (
  firmware: string,
  settings: { id: string; key: string } & Record<string, unknown>,
) => Promise<RunningLamp>;

export const runOnHost: RunLamp = (firmware, settings) => {
  const frames: number[][] = [];
  const lines: string[] = [];
  const host = createLampHost({
    firmware,
    settings,
    clock: systemClock,
    random: Math.random,
    log: (line) => lines.push(line),
    onPixels: (rgb) => frames.push([...rgb]),
  });
  host.start();
  return Promise.resolve({
    frames,
    lines,
    stop() {
      host.stop();
      return Promise.resolve();
    },
  });
};

/**
 * The interpreter has no neopixel and takes no arguments, so a few lines ahead of the firmware stand in. It runs from
 * Storage, as on a chip, where its text takes no memory.
 */
export const runOnEspruino: RunLamp = async (firmware, settings) => {
  // Storage is a file in the working directory.
  const folder = await mkdtemp(join(tmpdir(), 'doorlight-espruino-'));
  const prelude = `
    Modules.addCached("neopixel", function() { exports.write = function(pin, data) { print("<P>" + btoa(data)); }; });
    require("Storage").writeJSON("settings", ${JSON.stringify(settings)});
    require("Storage").write("app", ${JSON.stringify(firmware)});
    setInterval(function() { print("<M>" + process.memory().usage); }, 100);
    eval(require("Storage").read("app"));
  `;
  await writeFile(join(folder, 'run.js'), prelude);
  const child = spawn(process.env['ESPRUINO']!, ['run.js'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const frames: number[][] = [];
  const lines: string[] = [];
  let rest = '';
  let most = 0;
  child.stdout.on('data', (data: Buffer) => {
    const parts = (rest + data.toString('latin1')).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const frame = part.split('<P>')[1];
      if (frame) frames.push([...Buffer.from(frame.trim(), 'base64')]);
      else if (part.includes('<M>')) most = Math.max(most, Number(part.split('<M>')[1]));
      else lines.push(part);
    }
  });
  return {
    frames,
    lines,
    mostVariables: () => most,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
};
