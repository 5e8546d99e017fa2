/** Opens a serial port of the operating system without restarting the board behind it, where that can be had. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import type { UsbStream } from '../usb/bus.ts';
import type { SerialLine } from './protocol.ts';

const require = createRequire(import.meta.url);
const sttyMs = 2_000;

/** Opens a port; the stream emits `open`, then `close` or `error` when it is lost. */
export type OpenSerial = (path: string, baudRate: number) => Duplex;

/** The operating system's ports, closed for good by `destroy`. */
export const openSerialPort: OpenSerial = (path, baudRate) => openPort(path, baudRate);

/** The library is loaded with the first port: without a USB light it costs 17 MB. */
function openPort(path: string, baudRate: number) {
  const { SerialPort } = require('serialport') as typeof import('serialport');
  const port = new SerialPort({ path, baudRate, hupcl: false });
  // The library's own stream does not close its port when it is destroyed, and would keep it locked.
  port._destroy = (error, done) => {
    const ended = () => done(error);
    if (port.opening) port.once('open', () => port.close());
    if (!port.isOpen) return ended();
    // What a frozen device has not taken is thrown away: the kernel's close would wait 30 s for it.
    if (port.writableLength > 0) port.flush(() => port.close(ended));
    else port.close(ended);
  };
  return port;
}

/** A light's port: its board is restarted by the first opening at most. `tell` hears of what does not matter. */
export function openSerialLine(path: string, line: SerialLine, tell: (message: string) => void): UsbStream {
  const port = openPort(path, line.baudRate);
  port.once('open', () => {
    keepLinesUp(path, tell);
    if (!line.modem) return;
    port.set(line.modem, (error) => {
      if (error) tell(`its modem lines cannot be set (${error.message}), which does not matter to most`);
    });
  });
  return port;
}

/**
 * The kernel raises DTR with the first opening, which restarts many boards, and drops it with the last close. When it
 * does not drop it, the next opening restarts nothing. `hupcl: false` of the library leaves the kernel's setting as it
 * is, which is to drop it, so stty says it; on a device that has no such lines it fails, and that is all.
 */
function keepLinesUp(path: string, tell: (message: string) => void): void {
  if (process.platform !== 'linux') return;
  execFile('stty', ['-F', path, '-hupcl'], { timeout: sttyMs }, (error) => {
    if (error) tell('stty cannot keep its DTR line up: a board may restart each time it is opened');
  });
}
