/** One line per event on stderr, as text or as JSON. Callers never pass a secret; what looks like one is struck out. */

export type Level = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const order: readonly Level[] = ['debug', 'info', 'warn', 'error'];

/**
 * The second net below the callers' care: e-mail addresses, JSON web tokens, bearers, and what is as long and as random
 * as a key of ours (32 hexadecimal digits, 43 of base64url), as somebody else's error may quote them.
 */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, '<address>'],
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, '<token>'],
  [/\b(bearer|basic) +[\w.~+/=-]{8,}/gi, '$1 <token>'],
  [/(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{43}(?![\w-])/g, '<token>'],
  [/\b[0-9a-f]{32}([0-9a-f]{32})?\b/g, '<token>'],
];

/** A stranger may be quoted at any length, and the patterns take the square of it. */
const longestSaid = 2_000;

export function withoutSecrets(text: string): string {
  return secrets.reduce((left, [pattern, word]) => left.replace(pattern, word), text);
}

/** A log that writes lines of at least `level` with `write`. `json`: one object a line, for a collector. */
export function createLog(
  level: Level,
  now: () => number,
  write: (line: string) => void,
  format: 'text' | 'json' = 'text',
): Log {
  const at = (of: Level) => (said: string) => {
    if (order.indexOf(of) < order.indexOf(level)) return;
    const time = new Date(now()).toISOString();
    const message = withoutSecrets(said.slice(0, longestSaid)).slice(0, longestSaid / 2);
    if (format === 'json') write(JSON.stringify({ time, level: of, message }));
    else write(`${time} ${of.padEnd(5)} ${message.replaceAll('\n', ' ')}`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The level that LOG_LEVEL names; `info` for anything else. */
export function levelOf(name: string | undefined): Level {
  return order.find((level) => level === name?.toLowerCase()) ?? 'info';
}

/** A process's own log: on stderr, as LOG_LEVEL and LOG_FORMAT (`text` or `json`) say. */
export function processLog(now: () => number, level = levelOf(process.env['LOG_LEVEL'])): Log {
  const format = process.env['LOG_FORMAT']?.toLowerCase() === 'json' ? 'json' : 'text';
  return createLog(level, now, (line) => console.error(line), format);
}

/** What went wrong, in one line, for a log or a message. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  const inner =
    cause instanceof Error && cause.message && !message.includes(cause.message) ? ` (${cause.message})` : '';
  return `${message}${inner}`.split('\n')[0]!;
}
