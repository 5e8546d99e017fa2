/** Secrets on the command line: from the environment, or typed without an echo; never as an argument. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './options.ts';

/** @throws UsageError when the variable is unset and nobody is at the terminal */
export async function secretFrom(variable: string, question: string): Promise<string> {
  const set = process.env[variable];
  if (set !== undefined) return set;
  if (!process.stdin.isTTY) throw new UsageError(`Set ${variable}, or run this in a terminal to be asked.`);
  process.stderr.write(question);
  // What is typed is echoed by readline, into nothing.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
