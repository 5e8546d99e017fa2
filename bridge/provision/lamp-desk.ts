/**
 * Signed talk with lamps on their `config`, `update` and `result` topics (protocol/lamp-admin.ts): one conversation
 * with a lamp at a time, one message at a time, each waiting for its answer.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import {
  type AnswerResult,
  adminMessage,
  type HelloResult,
  type LampResult,
  type OutcomeResult,
  type SealedBody,
  type UpdateBody,
} from '../../protocol/lamp-admin.ts';

/** A lamp that dials or redraws answers within this, in ms. */
const answerMs = 15_000;
/** Longer than any result that a lamp sends. */
const longestResult = 1_024;
/** Numbers of messages are quarters of a second since then: they fit 31 bits on the chip for 17 years. */
const numbersFrom = Date.UTC(2026, 0, 1);
const numberMs = 250;

/** The lamp did not answer, or said no. */
export class LampError extends Error {
  /** True when the lamp itself refused; otherwise it was not there. */
  readonly refused: boolean;

  constructor(message: string, refused: boolean) {
    super(message);
    this.refused = refused;
  }
}

export interface Conversation {
  hello: HelloResult;
  /**
   * Sends a signed message and waits for its answer.
   * @throws LampError when none comes; a refusal is in the answer's `error`
   */
  say(word: 'config' | 'update', body: (n: number) => UpdateBody | SealedBody): Promise<AnswerResult>;
  /** Hides bytes from everybody on the broker but the lamp: XOR with the HMACs of `sealBlock`. */
  hmac(text: string): Buffer;
}

export interface LampDesk {
  /** A message on a lamp's `result` topic. */
  hear(light: string, payload: Buffer): void;
  /**
   * Runs `talk` with a lamp, after any other talk with it.
   * @throws LampError when the lamp is not there or has no key
   */
  talk<T>(light: string, talk: (conversation: Conversation) => Promise<T>): Promise<T>;
  /** What the lamp says after the restart that `what` has led to; nothing within `ms`. */
  outcome(light: string, what: 'config' | 'update', ms: number): Promise<OutcomeResult | undefined>;
}

export function createLampDesk(options: {
  clock: Clock;
  keyOf: (light: string) => string | undefined;
  /** Not retained, QoS 1. */
  publish: (light: string, word: 'config' | 'update', payload: string) => Promise<void>;
}): LampDesk {
  const { clock, keyOf } = options;
  const listeners = new Set<(light: string, result: LampResult) => void>();
  const queues = new Map<string, Promise<unknown>>();
  const lastNumbers = new Map<string, number>();

  /** Goes up over a restart of the bridge, too: on a user's own broker a lamp does not dial anew then. */
  function nextNumber(light: string): number {
    const byClock = Math.floor((clock.now() - numbersFrom) / numberMs);
    const number = Math.max((lastNumbers.get(light) ?? 0) + 1, byClock);
    lastNumbers.set(light, number);
    return number;
  }

  function wait<T>(light: string, ms: number, find: (result: LampResult) => T | undefined) {
    return new Promise<T | undefined>((resolve) => {
      const listener = (from: string, result: LampResult) => {
        const found = from === light ? find(result) : undefined;
        if (found !== undefined) end(found);
      };
      const cancel = clock.after(ms, () => end(undefined));
      function end(found: T | undefined): void {
        cancel();
        listeners.delete(listener);
        resolve(found);
      }
      listeners.add(listener);
    });
  }

  /** Publishes and waits; the listener is there first, for an answer can be quick. */
  async function ask<T>(
    light: string,
    word: 'config' | 'update',
    payload: string,
    find: (result: LampResult) => T | undefined,
  ): Promise<T> {
    const answer = wait(light, answerMs, find);
    await options.publish(light, word, payload).catch(() => {
      // Without a broker there is no answer either; one error for both.
    });
    const found = await answer;
    if (found === undefined) throw new LampError(`Lamp ${light} does not answer: is it online?`, false);
    return found;
  }

  async function open(light: string): Promise<Conversation> {
    const key = keyOf(light);
    if (key === undefined) throw new LampError(`Light ${light} has no key: flash it by cable first.`, false);
    const hmac = (text: string) => createHmac('sha256', key).update(text).digest();
    const hello = await ask(light, 'config', '{"hello":1}', (result) =>
      'hello' in result ? result : undefined,
    );
    return {
      hello,
      hmac,
      say(word, body) {
        const n = nextNumber(light);
        const sign = (text: string) => hmac(text).toString('hex');
        const payload = adminMessage(sign, word, light, hello.hello, body(n));
        return ask(light, word, payload, (result) => ('n' in result && result.n === n ? result : undefined));
      },
    };
  }

  return {
    hear(light, payload) {
      const result = payload.length <= longestResult ? parseResult(payload.toString()) : undefined;
      if (result) for (const listener of [...listeners]) listener(light, result);
    },
    talk(light, talk) {
      const turn = (queues.get(light) ?? Promise.resolve()).then(async () => talk(await open(light)));
      queues.set(
        light,
        turn.catch(() => {}),
      );
      return turn;
    },
    outcome: (light, what, ms) =>
      wait(light, ms, (result) =>
        ('kept' in result && result.kept === what) || ('undone' in result && result.undone === what)
          ? result
          : undefined,
      ),
  };
}

/** A lamp's result, or nothing when it is not one: what a lamp sends is untrusted like anything from the network. */
function parseResult(text: string): LampResult | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const areTexts = (...names: string[]) => names.every((name) => typeof value[name] === 'string');
  const has = (name: string, type: string) => value[name] === undefined || typeof value[name] === type;
  const good =
    areTexts('hello', 'fw', 'board', 'espruino') ||
    (typeof value['n'] === 'number' && has('at', 'number') && has('error', 'string')) ||
    (areTexts('fw') && (areTexts('kept') || areTexts('undone')) && has('error', 'string'));
  return good ? (value as unknown as LampResult) : undefined;
}
