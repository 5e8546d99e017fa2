/** Pseudo-terminals by socat: the near end is the light's port, socat's own input and output are the device. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Ends, eventually } from '../../system/kit.ts';

export const hasSocat = spawnSync('socat', ['-V']).status === 0;

export interface Terminal {
  near: string;
  /** All that came over the port, byte by byte. */
  heard: () => Buffer;
  /** What the device says; dropped while nobody has taken what it said before. */
  say(bytes: Buffer | string): void;
  /** The device takes nothing from now on, or again. */
  freeze(): void;
  thaw(): void;
  /** Out of its socket. */
  unplug(): void;
}

export async function plugIn(ends: Ends, folder: string, name = 'port'): Promise<Terminal> {
  const near = join(folder, name);
  // Not a second terminal that is read as a file: each such read would hold one of this process's four threads.
  const device = spawn('socat', [`pty,raw,echo=0,link=${near}`, 'STDIO'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const chunks: Buffer[] = [];
  device.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  device.stdin.on('error', () => {});
  await eventually(() => expect(existsSync(near)).toBe(true));
  // Or socat would end with the first close of the port, and take with it what it has not handed on.
  const keep = openSync(near, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  let plugged = true;
  const unplug = () => {
    if (!plugged) return;
    plugged = false;
    closeSync(keep);
    device.kill('SIGKILL');
    rmSync(near, { force: true });
  };
  ends.push(unplug);
  return {
    near,
    heard: () => Buffer.concat(chunks),
    say(bytes) {
      if (!device.stdin.writableNeedDrain) device.stdin.write(bytes);
    },
    freeze: () => void device.kill('SIGSTOP'),
    thaw: () => void device.kill('SIGCONT'),
    unplug,
  };
}
