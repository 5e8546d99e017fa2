/** The way to USB: who is there, where, and a stream to it. The one thing that tests and the demo put another one for. */
import { accessSync, constants, existsSync, type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { openHidDevice } from '../hid/open.ts';
import type { HidProtocol } from '../hid/protocol.ts';
import { openSerialLine } from '../serial/open.ts';
import type { SerialProtocol } from '../serial/protocol.ts';
import { listUsbDevices, type UsbDevice } from './devices.ts';
import { type Found, findDevice, pluggedAt } from './find.ts';

/** Emits `open`, then `close` or `error` when it is lost. Each write is one message; `destroy` closes it for good. */
export type UsbStream = Duplex;

export interface UsbBus {
  list(): UsbDevice[];
  find(device: string, kind: UsbDevice['kind'], claims: (device: UsbDevice) => boolean): Found;
  /** Cheap: another text when the path became another plugged-in device. */
  plugged(at: string): string | undefined;
  /** Calls `run` when something may have come or gone; the result ends it. */
  watch(device: string, run: () => void): () => void;
  /** @throws what keeps it from being opened at once; `tell` hears of what does not matter */
  open(at: string, protocol: SerialProtocol | HidProtocol, tell: (message: string) => void): UsbStream;
}

/** The machine's own. */
export const usbBus: UsbBus = {
  list: () => listUsbDevices(),
  find: (device, kind, claims) => findDevice(device, kind, claims),
  plugged: pluggedAt,
  watch: (device, run) => watchFolder(device.startsWith('/') ? dirname(device) : '/dev', run),
  open(at, protocol, tell) {
    accessSync(at, constants.R_OK | constants.W_OK);
    return 'line' in protocol ? openSerialLine(at, protocol.line, tell) : openHidDevice(at, protocol);
  },
};

/**
 * Watches a folder, or the nearest one above it while it does not exist: /dev/serial goes with the last adapter. Only a
 * help to be quick: whoever watches looks by itself now and then, too.
 */
function watchFolder(folder: string, run: () => void): () => void {
  let watcher: FSWatcher | undefined;
  let watched = '';

  function arm(): void {
    let nearest = folder;
    while (!existsSync(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
    try {
      const now = `${nearest} ${statSync(nearest).ino}`;
      if (watcher && now === watched) return;
      watcher?.close();
      watched = now;
      watcher = watch(nearest, { persistent: false }, () => {
        arm();
        run();
      });
      watcher.on('error', () => watcher?.close());
    } catch {
      watcher = undefined;
    }
  }

  arm();
  return () => watcher?.close();
}
