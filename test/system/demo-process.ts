/** The built command line as its user runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Ends, eventually, temporaryFolder } from './kit.ts';

const main = join(import.meta.dirname, '../../dist/bridge/main.js');
export const anyPorts = ['web', 'hooks', 'mqtt', 'mqtts', 'probe'].flatMap((name) => [`--${name}-port`, '0']);

export interface Run {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** Resolves with the exit code. */
  exit: Promise<number | null>;
}

export function doorlight(
  ends: Ends,
  args: string[],
  cwd = temporaryFolder(ends),
  env: NodeJS.ProcessEnv = {},
): Run {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, LOG_LEVEL: '', ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  ends.push(() => {
    child.kill('SIGKILL');
    return exit;
  });
  return { child, out: () => out, err: () => err, exit };
}

/** The parts of the ready line. */
export async function ready(run: Run): Promise<Record<string, string>> {
  const line = await eventually(() => {
    const found = /^ready .*$/m.exec(run.out())?.[0];
    expect(found, run.err()).toBeDefined();
    return found!;
  }, 15_000);
  return Object.fromEntries(
    line
      .split(' ')
      .slice(1)
      .map((part) => part.split(/=(.*)/s).slice(0, 2)),
  );
}

export async function openDemo(ends: Ends) {
  const run = doorlight(ends, ['demo', ...anyPorts]);
  return { run, urls: await ready(run) };
}
