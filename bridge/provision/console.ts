/**
 * An Espruino board's console over a serial line, as Espruino's README_Protocol.md describes it: Ctrl-C breaks what
 * runs and clears the line, and a line that begins with 0x10 is not echoed and prints no result of its own.
 *
 * Version 2v29 on ESP32 drops what follows the first 64 bytes of a burst (Espruino issue 2718). So no line is longer,
 * and the next one is not sent before the board has answered the one before.
 */
import type { Duplex } from 'node:stream';
import { type Clock, sleep } from '../../protocol/clock.ts';
import { FlashError } from './flash-error.ts';

/** The longest line, its end included, in bytes. */
const longestLine = 64;
/** What of the board's own words is kept, in characters: the last of them tell what runs there. */
const heardKept = 4096;
const answerMs = 2_000;
const tries = 4;
/** After a line that nothing answers: the longest takes 6 ms at 115200 baud. */
const settleMs = 30;

/** The line's answers are `<<number value>>`, put together on the board so that an echo of the line is not one. */
const helper = 'function $(n,v){print("<"+"<"+n+" "+v+">>")}';

export interface Console {
  /**
   * The value of an expression on the board, as text. Asked again when no answer comes: evaluating it twice must do no
   * harm.
   * @throws FlashError when the board does not answer
   */
  ask(expression: string, patience?: { answerMs?: number; tries?: number }): Promise<string>;
  /** Breaks what runs and looks whether Espruino answers. */
  greet(answerMs: number): Promise<boolean>;
  /** Runs a statement that answers nothing. */
  tell(statement: string): Promise<void>;
  /** How many characters an expression may have. */
  room: number;
  /** Raw bytes. */
  send(bytes: string | Uint8Array): void;
  /** The last that the board said by itself. */
  heard(): string;
  forgetHeard(): void;
  /** Resolves with true when the board's words fit the pattern, with false after `ms`. */
  hears(pattern: RegExp, ms: number): Promise<boolean>;
}

/** A console on an open port. `gone` rejects when the port is lost. */
export function createConsole(options: { port: Duplex; clock: Clock; gone: Promise<never> }): Console {
  const { port, clock, gone } = options;
  const listeners = new Set<() => void>();
  let text = '';
  let number = 0;

  port.on('data', (data: Buffer) => {
    // XON and XOFF may stand between any two characters; with one line at a time there is nothing to hold back.
    text = (text + data.toString('latin1').replaceAll('\x11', '').replaceAll('\x13', '')).slice(-heardKept);
    for (const listener of listeners) listener();
  });

  /** What `find` finds in the board's words, or nothing after `ms`. */
  function wait<T>(find: () => T | undefined, ms: number): Promise<T | undefined> {
    const found = new Promise<T | undefined>((resolve) => {
      const look = () => {
        const result = find();
        if (result !== undefined) end(result);
      };
      const cancel = clock.after(ms, () => end(undefined));
      function end(result: T | undefined): void {
        cancel();
        listeners.delete(look);
        resolve(result);
      }
      listeners.add(look);
      look();
    });
    return Promise.race([found, gone]);
  }

  function send(bytes: string | Uint8Array): void {
    port.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  function sendLine(statement: string): void {
    const line = `\x10${statement}\n`;
    if (line.length > longestLine) {
      throw new Error(`A line of ${line.length} bytes is too long for a board: ${statement}`);
    }
    send(line);
  }

  async function tell(statement: string): Promise<void> {
    sendLine(statement);
    await Promise.race([sleep(clock, settleMs), gone]);
  }

  async function answer(expression: string, ms: number): Promise<string | undefined> {
    number = (number + 1) % 100;
    const marker = `<<${number} `;
    sendLine(`$(${number},${expression})`);
    const found = await wait(() => between(text, marker, '>>'), ms);
    if (found !== undefined) text = '';
    return found;
  }

  async function startLine(): Promise<void> {
    send('\x03');
    await tell(helper);
  }

  return {
    send,
    tell,
    async greet(ms) {
      await startLine();
      return (await answer('1', ms)) === '1';
    },
    room: longestLine - '\x10$(00,)\n'.length,
    heard: () => text,
    forgetHeard() {
      text = '';
    },
    hears: async (pattern, ms) => (await wait(() => pattern.test(text) || undefined, ms)) === true,
    async ask(expression, patience = {}) {
      for (let attempt = 0; attempt < (patience.tries ?? tries); attempt++) {
        // The line may have arrived in part, and a board that started anew has forgotten the helper.
        if (attempt > 0) await startLine();
        const found = await answer(expression, patience.answerMs ?? answerMs);
        if (found !== undefined) return found;
      }
      throw new FlashError('interrupted', interrupted);
    },
  };
}

const interrupted =
  'The board has stopped answering: look after its cable, and run the same command again. Nothing is lost.';

function between(text: string, from: string, to: string): string | undefined {
  const start = text.lastIndexOf(from);
  if (start < 0) return undefined;
  const end = text.indexOf(to, start);
  return end < 0 ? undefined : text.slice(start + from.length, end);
}

/** Bytes as a JavaScript string for the board: whatever they are, they arrive as they are. */
export function literal(bytes: Uint8Array): string {
  return `"${[...bytes].map(literalByte).join('')}"`;
}

function literalByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (character === '"' || character === '\\') return `\\${character}`;
  return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
}
