/** Pairs of pseudo-terminals by socat: the near end is the light's port, the far end is the device. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, createReadStream, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Ends, eventually } from '../../system/kit.ts';

export const hasSocat = spawnSync('socat', ['-V']).status === 0;

export interface Terminal {
  near: string;
  /** All that came over the port, byte by byte. */
  heard: () => Buffer;
  /** What the device says. */
  say(bytes: Buffer | string): void;
  /** The device takes nothing from now on, or again. */
  freeze(): void;
  thaw(): void;
  /** Out of its socket. */
  unplug(): void;
}

export async function plugIn(ends: Ends, folder: string, name = 'port'): Promise<Terminal> {
  const [near, far] = [join(folder, name), join(folder, `${name}-far`)];
  const pair = spawn('socat', [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`]);
  await eventually(() => expect(existsSync(near) && existsSync(far)).toBe(true));
  const chunks: Buffer[] = [];
  const reader = createReadStream(far);
  reader.on('error', () => {});
  reader.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  const writer = openSync(far, 'w');
  // Or socat would end with the first close of the port, and take with it what it has not handed on.
  const keep = openSync(near, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  let plugged = true;
  const unplug = () => {
    if (!plugged) return;
    plugged = false;
    reader.destroy();
    closeSync(writer);
    closeSync(keep);
    pair.kill('SIGKILL');
    rmSync(near, { force: true });
    rmSync(far, { force: true });
  };
  ends.push(unplug);
  return {
    near,
    heard: () => Buffer.concat(chunks),
    say: (bytes) => void writeSync(writer, bytes as string),
    freeze: () => void pair.kill('SIGSTOP'),
    thaw: () => void pair.kill('SIGCONT'),
    unplug,
  };
}
