/** One serial port, kept open: opened again when it is lost, the newest write wins, nothing queues up. */
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../protocol/clock.ts';
import { type Log, reasonOf } from '../../log.ts';

const firstRetryMs = 1_000;
const longestRetryMs = 2_000;
/** How long a stop waits for the last bytes. */
const drainMs = 1_000;

/** Opens a port; the stream emits `open`, then `close` or `error` when it is lost. */
export type OpenSerial = (path: string, baudRate: number) => Duplex;

const require = createRequire(import.meta.url);

/** The operating system's ports. The library is loaded with the first of them: without a USB light it costs 17 MB. */
export const openSerialPort: OpenSerial = (path, baudRate) => {
  const { SerialPort } = require('serialport') as typeof import('serialport');
  return new SerialPort({ path, baudRate, hupcl: false });
};

export interface KeptPort {
  start(): void;
  isOpen(): boolean;
  /** Sends these bytes as soon as the port takes them; bytes that still wait are replaced, not followed. */
  write(bytes: Buffer): void;
  /** Sends the last bytes, waits a moment for them, and closes. */
  stop(last: Buffer): Promise<void>;
}

export function createKeptPort(options: {
  light: string;
  path: string;
  baudRate: number;
  open: OpenSerial;
  clock: Clock;
  log: Log;
  onOpen: () => void;
  onLost: () => void;
}): KeptPort {
  const { light, path, clock, log } = options;
  let port: Duplex | undefined;
  let ready = false;
  let writing = false;
  let next: Buffer | undefined;
  let retryMs = firstRetryMs;
  let cancelRetry = () => {};
  let reported = false;
  let stopped = false;

  function open(): void {
    const opened = options.open(path, options.baudRate);
    port = opened;
    opened.once('open', () => {
      ready = true;
      writing = false;
      retryMs = firstRetryMs;
      if (reported) log.info(`Light ${light}: ${path} is back.`);
      reported = false;
      options.onOpen();
    });
    opened.on('error', (error: Error) => lost(opened, error));
    opened.once('close', () => lost(opened));
    // Read, or the device's answers fill up and stall it.
    opened.resume();
  }

  function lost(which: Duplex, error?: Error): void {
    if (which !== port) return;
    port = undefined;
    const wasReady = ready;
    ready = false;
    next = undefined;
    which.destroy();
    if (stopped) return;
    if (!reported)
      log.warn(
        `Light ${light}: ${path} cannot be used (${error ? reasonOf(error) : 'it is gone'}): trying again.`,
      );
    reported = true;
    if (wasReady) options.onLost();
    cancelRetry = clock.after(retryMs, open);
    retryMs = Math.min(longestRetryMs, retryMs * 2);
  }

  function flush(): void {
    if (!ready || writing || !next || !port) return;
    const bytes = next;
    const target = port;
    next = undefined;
    writing = true;
    target.write(bytes, () => {
      if (target !== port) return;
      writing = false;
      flush();
    });
  }

  return {
    start: open,
    isOpen: () => ready,
    write(bytes) {
      next = bytes;
      flush();
    },
    async stop(last) {
      stopped = true;
      cancelRetry();
      const target = port;
      if (!target) return;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(drainMs, resolve);
        const done = () => {
          cancel();
          resolve();
        };
        if (ready) target.write(last, done);
        else done();
      });
      port = undefined;
      target.destroy();
    },
  };
}
