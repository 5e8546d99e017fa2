/** A secret from the environment, or typed at the terminal without being shown; never from the command line, which others can read. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './options.ts';

/** @param name the environment variable that it may stand in instead. @throws UsageError when there is nobody to ask */
export async function askSecret(question: string, name: string): Promise<string> {
  const given = process.env[name];
  if (given) return given;
  if (!process.stdin.isTTY) throw new UsageError(`Set ${name}, or run this at a terminal.`);
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
