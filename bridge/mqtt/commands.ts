/** Commands on topics: which message is one, what it says, and its answer (contract section 4). */
import type { Clock } from '../../protocol/clock.ts';
import type { Log } from '../log.ts';
import type { Heard } from './bus.ts';

/** Lines about bad commands: so many in a minute, however many come. */
const linesPerMinute = 10;
/** Below the base; no id and no request is longer, and the answer's topic must be one, too. */
const longestPath = 200;

export type Command =
  | { what: 'set' | 'identify'; of: 'lights'; id: string }
  | { what: 'set'; of: 'presence'; id: string }
  | { what: 'request'; name: string };

/** The command that a topic names, or nothing. */
export function parseCommand(base: string, topic: string): Command | undefined {
  if (!topic.startsWith(`${base}/`)) return undefined;
  const path = topic.slice(base.length + 1);
  if (path.startsWith('bridge/request/')) {
    return { what: 'request', name: path.slice('bridge/request/'.length) };
  }
  const [of, id, what, ...more] = path.split('/');
  if (!id || more.length > 0) return undefined;
  if (of === 'lights' && (what === 'set' || what === 'identify')) return { what, of, id };
  if (of === 'presence' && what === 'set') return { what, of, id };
  return undefined;
}

export interface CommandEnds {
  /** Does it; `data` or what is wrong, in one sentence. */
  run(command: Command, value: unknown): { ok: true; data: unknown } | { ok: false; error: string };
  transactionOf(value: unknown): string | number | undefined;
  respond(what: string, payload: unknown): void;
}

/** Hears messages and runs the commands among them; what is wrong is answered, and logged while there is not much of it. */
export function createCommandReader(options: {
  base: string;
  clock: Clock;
  log: Log;
  ends: CommandEnds;
  /** Whether a command reached the one that is to do it, without the bridge. */
  isHeard?: (command: Command) => boolean;
}): (message: Heard) => void {
  const { base, clock, log, ends, isHeard = () => false } = options;
  let lines = 0;
  let since = clock.monotonic();

  function complain(topic: string, error: string): void {
    if (clock.monotonic() - since > 60_000) {
      lines = 0;
      since = clock.monotonic();
    }
    if (lines++ < linesPerMinute) log.warn(`A command on ${topic.slice(0, 100)} was ignored: ${error}`);
  }

  return ({ topic, payload, retain }) => {
    const command = parseCommand(base, topic);
    // An empty message removes a retained one; it asks for nothing.
    if (!command || (retain && payload.length === 0)) return;
    if (topic.length > base.length + longestPath) return complain(topic, 'its topic is too long.');
    if (retain) return complain(topic, 'it is retained, and would be obeyed again at each start.');
    if (isHeard(command)) return;
    const value = command.what === 'identify' ? {} : parse(payload);
    const outcome =
      value === undefined
        ? { ok: false as const, error: 'The payload: expected JSON in UTF-8.' }
        : ends.run(command, value);
    const transaction = ends.transactionOf(value);
    if (!outcome.ok) complain(topic, outcome.error);
    // A set that worked is answered by what it changes, unless its sender asked for more.
    if (command.what !== 'request' && outcome.ok && transaction === undefined) return;
    ends.respond(command.what === 'request' ? command.name : topic.slice(base.length + 1), {
      status: outcome.ok ? 'ok' : 'error',
      ...(outcome.ok ? { data: outcome.data } : { error: outcome.error }),
      ...(transaction === undefined ? {} : { transaction }),
    });
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A payload's JSON; the bare words of Home Assistant's lights and an empty request are good, too. */
function parse(payload: Buffer): unknown {
  try {
    const text = utf8.decode(payload).trim();
    if (text === 'ON' || text === 'OFF') return text;
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
