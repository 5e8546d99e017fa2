/** Opens a HID device through node-hid, an optional package: whoever has no HID light does not need it. */
import { createRequire } from 'node:module';
import { Duplex } from 'node:stream';
import type { UsbStream } from '../usb/bus.ts';

/** What is used of node-hid. Its own types are not asked for, since it may be absent when Doorlight is built. */
interface HidDevice {
  write(bytes: Buffer): Promise<number>;
  sendFeatureReport(bytes: Buffer): Promise<number>;
  close(): Promise<void>;
  on(event: 'data' | 'error', hear: (value: never) => void): void;
}
interface NodeHid {
  HIDAsync: { open(path: string, options: { nonExclusive: boolean }): Promise<HidDevice> };
}

const require = createRequire(import.meta.url);

/** @throws Error that says what to install */
function nodeHid(): NodeHid {
  try {
    return require('node-hid') as NodeHid;
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
        ? ''
        : ` (${(error as Error).message.split('\n')[0]})`;
    throw new Error(
      `needs the package node-hid, which cannot be loaded${reason}: run "npm install node-hid" in Doorlight's folder, then restart the bridge`,
    );
  }
}

/** @throws Error without node-hid */
export function openHidDevice(
  path: string,
  { feature = false }: { feature?: boolean },
  load = nodeHid,
): UsbStream {
  const { HIDAsync } = load();
  let device: HidDevice | undefined;
  let room = true;
  const stream = new Duplex({
    read() {
      room = true;
    },
    write(bytes: Buffer, _encoding, done) {
      const sent = feature ? device!.sendFeatureReport(bytes) : device!.write(bytes);
      sent.then(() => done(), done);
    },
    destroy(error, done) {
      const closed = device?.close() ?? Promise.resolve();
      closed.then(
        () => done(error),
        () => done(error),
      );
    },
  });
  HIDAsync.open(path, { nonExclusive: true }).then(
    (opened) => {
      device = opened;
      if (stream.destroyed) return void opened.close().catch(() => {});
      opened.on('error', (error) => stream.destroy(error));
      // Reading is also how an unplugged device is noticed at once. What nobody has room for is dropped.
      opened.on('data', (bytes) => {
        if (room) room = stream.push(bytes);
      });
      stream.emit('open');
    },
    (error: Error) => stream.destroy(error),
  );
  return stream;
}
