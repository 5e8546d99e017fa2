/** The real interpreter behind a pseudo-terminal, as a board behind a USB cable: it survives restarts, not its memory. */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

export const interpreter = process.env['ESPRUINO'];

/** Why the real interpreter cannot be used here, or nothing. */
export function whyNoPty(): string | undefined {
  if (!interpreter) return 'ESPRUINO names no interpreter';
  try {
    execFileSync('socat', ['-V'], { stdio: 'ignore' });
  } catch {
    return 'there is no socat for the pseudo-terminal';
  }
  return undefined;
}

export interface PtyBoard {
  /** The device to open. */
  path: string;
  folder: string;
  /** Power off and on: the interpreter starts anew on what its Storage holds. */
  powerCycle(): void;
  /** A file of its Storage, asked of a second interpreter on the same flash. */
  read(name: string): Buffer;
  stop(): Promise<void>;
}

/** The board runs `.bootcde` of its Storage, and starts again whenever it ends. */
export async function startPtyBoard(): Promise<PtyBoard> {
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-pty-'));
  const path = join(folder, 'tty');
  const script = join(folder, 'board.sh');
  writeFileSync(
    script,
    `cd ${folder}\nwhile [ ! -e off ]; do sh -c 'echo $$ > pid; exec ${interpreter}'; done\n`,
  );
  const child = spawn('socat', [`PTY,link=${path},raw,echo=0`, `EXEC:sh ${script},pty,raw,echo=0`], {
    stdio: 'ignore',
  });
  await vi.waitFor(() => existsSync(path) || Promise.reject(new Error('no pty yet')), { timeout: 5_000 });
  const board: PtyBoard = {
    path,
    folder,
    powerCycle() {
      process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL');
    },
    read(name) {
      const copy = mkdtempSync(join(folder, 'copy-'));
      copyFileSync(join(folder, 'espruino.flash'), join(copy, 'espruino.flash'));
      const script = join(copy, 'read.js');
      writeFileSync(script, `print('<' + btoa(require('Storage').read('${name}')) + '>')`);
      const printed = execFileSync(interpreter!, [script], { cwd: copy, encoding: 'latin1' });
      return Buffer.from(/<(.*)>/.exec(printed)![1]!, 'base64');
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      writeFileSync(join(folder, 'off'), '');
      board.powerCycle();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return board;
}
