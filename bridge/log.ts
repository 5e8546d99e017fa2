/** One line per event on stderr. Callers never pass a token, a password or an e-mail address. */

export type Level = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const order: readonly Level[] = ['debug', 'info', 'warn', 'error'];

/** A log that writes lines of at least `level` with `write`. */
export function createLog(level: Level, now: () => number, write: (line: string) => void): Log {
  const at = (of: Level) => (message: string) => {
    if (order.indexOf(of) < order.indexOf(level)) return;
    write(`${new Date(now()).toISOString()} ${of.padEnd(5)} ${message.replaceAll('\n', ' ')}`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The level that LOG_LEVEL names; `info` for anything else. */
export function levelOf(name: string | undefined): Level {
  return order.find((level) => level === name?.toLowerCase()) ?? 'info';
}

/** What went wrong, in one line, for a log or a message. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  const inner =
    cause instanceof Error && cause.message && !message.includes(cause.message) ? ` (${cause.message})` : '';
  return `${message}${inner}`.split('\n')[0]!;
}
