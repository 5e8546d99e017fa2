/**
 * systemd's notify protocol, sd_notify(3): ready, and a watchdog that is fed only while somebody decides.
 * Node has no unix datagram socket, so systemd-notify(1) sends it; the unit says NotifyAccess=all for that.
 */
import { execFile } from 'node:child_process';
import type { Clock } from '../protocol/clock.ts';

export interface Systemd {
  ready(): void;
  /** The director has looked at every light: feeds the watchdog, at most three times in its span. */
  alive(): void;
  stopping(): void;
}

/** Does nothing where systemd did not start us. `env`: NOTIFY_SOCKET, and WATCHDOG_USEC in microseconds. */
export function createSystemd(options: {
  env: { [name: string]: string | undefined };
  clock: Clock;
  /** Sends one assignment, such as READY=1. */
  send?: (assignment: string) => void;
}): Systemd {
  const { env, clock, send = sendByProgram } = options;
  if (!env['NOTIFY_SOCKET']) return { ready() {}, alive() {}, stopping() {} };
  const everyMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000 / 3;
  let fedAt = Number.NEGATIVE_INFINITY;
  return {
    ready: () => send('READY=1'),
    alive() {
      const now = clock.monotonic();
      if (everyMs === 0 || now - fedAt < everyMs) return;
      fedAt = now;
      send('WATCHDOG=1');
    },
    stopping: () => send('STOPPING=1'),
  };
}

/** Failing is no fault of ours to mend: systemd will miss the word, and say so. */
function sendByProgram(assignment: string): void {
  execFile('systemd-notify', [assignment], () => {});
}
