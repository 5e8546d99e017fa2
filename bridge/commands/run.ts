/** Running until told to stop: signals, and a deadline for the end. */
import { type Log, reasonOf } from '../log.ts';

/** SIGTERM and SIGINT end the process within 5 s (contract section 1). */
const deadlineMs = 4_500;
/** After everything is stopped: time for the last lines to be written. */
const lingerMs = 200;

/**
 * Resolves with the exit code after a signal, or a fault that nobody caught, has stopped everything. Called before
 * anything is started, so that a start can be broken off, too.
 */
export function runUntilSignal(log: Log, stop: () => Promise<void>): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    const end = (code: number) => {
      if (stopping) return;
      stopping = true;
      const deadline = setTimeout(() => process.exit(code || 1), deadlineMs);
      deadline.unref();
      const ended = (exitCode: number) => {
        clearTimeout(deadline);
        resolve(exitCode);
        // A request that still hangs somewhere is no reason to stay.
        setTimeout(() => process.exit(exitCode), lingerMs).unref();
      };
      stop().then(
        () => ended(code),
        () => ended(1),
      );
    };
    process.on('SIGINT', () => end(0));
    process.on('SIGTERM', () => end(0));
    process.on('uncaughtException', (error) => {
      log.error(`A fault in Doorlight itself, it stops: ${reasonOf(error)}`);
      if (process.env['LOG_LEVEL'] === 'debug') console.error(error);
      end(1);
    });
  });
}

export function readyLine(parts: { [name: string]: string | undefined }): string {
  const told = Object.entries(parts).filter(([, value]) => value !== undefined);
  return `ready ${told.map(([name, value]) => `${name}=${value}`).join(' ')}`;
}
