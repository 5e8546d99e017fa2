/**
 * Espruino's `net` and `dgram` on real sockets. Data comes in strings of one byte per character and at most 536 at
 * once, as on an ESP32, so packets arrive split. The network can be cut: then nothing passes either way, and neither
 * end is told.
 */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../protocol/clock.ts';
import { createEvents, type Listener } from './events.ts';

const chunkBytes = 536;
const longestDatagram = 528;

type Call = (run: () => void) => void;

/** `call` runs the firmware's callbacks; it must not throw. */
export function createNetwork(call: Call, clock: Clock) {
  /** Cuts off one open socket at once, without farewell. */
  const open = new Set<{ drop(): void; freeze(): void }>();
  let cut = false;
  let late = 0;

  /** Hands over what came, later when the network is slow; in order, for each waits the same. */
  function hand(run: () => void): void {
    if (late) clock.after(late, run);
    else run();
  }

  function openTcp(to: { host: string; port: number }, connected?: Listener) {
    const events = createEvents(call);
    let socket: Socket | undefined;
    let closed = false;
    let frozen = cut;

    function finish(failed: boolean): void {
      if (closed) return;
      closed = true;
      events.emit('close', failed);
    }
    const entry = {
      drop() {
        open.delete(entry);
        socket?.resetAndDestroy();
        finish(true);
      },
      freeze() {
        frozen = true;
        socket?.pause();
      },
    };
    open.add(entry);

    if (!cut) {
      socket = connect({ host: to.host, port: to.port, noDelay: true });
      socket.on('connect', () => call(() => connected?.()));
      socket.on('data', (data: Buffer) => {
        hand(() => {
          for (let at = 0; at < data.length && !closed && !frozen; at += chunkBytes) {
            events.emit('data', data.toString('latin1', at, at + chunkBytes));
          }
        });
      });
      // The close event follows.
      socket.on('error', () => {});
      socket.on('close', (failed) => {
        open.delete(entry);
        finish(failed);
      });
    }

    return {
      on: events.on,
      write(data: string): void {
        if (closed) throw new Error('This socket is closed');
        if (!frozen) socket?.write(data, 'latin1');
      },
      end(): void {
        if (closed) return;
        // A frozen socket stays as it is: the other end must not see a farewell.
        if (frozen) queueMicrotask(() => finish(false));
        else if (socket?.connecting) socket.destroy();
        else socket?.end(() => socket.destroy());
      },
    };
  }

  function openUdp() {
    const events = createEvents(call);
    const socket = createSocket('udp4');
    let closed = false;
    function close(): void {
      if (closed) return;
      closed = true;
      open.delete(entry);
      socket.close();
    }
    const entry = { drop: close, freeze() {} };
    open.add(entry);
    const bound = new Promise<void>((resolve) => {
      socket.bind(0, () => {
        socket.setBroadcast(true);
        resolve();
      });
    });
    socket.on('error', () => {});
    socket.on('message', (message, from) => {
      hand(() => {
        if (closed || cut) return;
        events.emit('message', message.toString('latin1', 0, longestDatagram), {
          address: from.address,
          port: from.port,
          size: message.length,
        });
      });
    });
    return {
      on: events.on,
      send(text: string, offset: number, length: number, port: number, address: string): void {
        const data = Buffer.from(text.slice(offset, offset + length), 'latin1');
        void bound.then(() => {
          if (!closed && !cut) socket.send(data, port, address);
        });
      },
      close,
    };
  }

  return {
    net: { connect: openTcp },
    dgram: { createSocket: openUdp },
    /** Nothing passes from now on; what is connected hangs. */
    cut(): void {
      cut = true;
      for (const socket of open) socket.freeze();
    },
    /** The network is there again, and what was connected before is broken. */
    restore(): void {
      if (!cut) return;
      cut = false;
      for (const socket of [...open]) socket.drop();
    },
    /** What comes is handed over this late, in ms. */
    delay(ms: number): void {
      late = ms;
    },
    stop(): void {
      for (const socket of [...open]) socket.drop();
    },
  };
}
