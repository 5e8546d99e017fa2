/** An Espruino board's console in Node: its Storage, its prompt, and what 2v29 on ESP32 does to long bursts. */
import { Duplex } from 'node:stream';
import vm from 'node:vm';
import { crc32 } from 'node:zlib';

export interface FakeBoard {
  /** Opens the board's port, as `openSerialPort` does. */
  open(): Duplex;
  /** Storage: what survives everything. */
  files: Map<string, { bytes: Buffer; written: boolean[] }>;
  text(name: string): string;
  /** How often it was told to start anew. */
  reboots: number;
  /** The longest run of bytes that came without an answer in between. */
  longestBurst: number;
  /** Loses this share of the bytes that it receives. */
  loss: number;
  /** Is cut off after so many more bytes. */
  cutAfter: number;
}

/** How many bytes of a burst 2v29 takes on ESP32. */
const burst = 64;

export function createFakeBoard(
  options: { board?: string; version?: string; bytes?: number; random?: () => number } = {},
): FakeBoard {
  const { random = Math.random } = options;
  const files: FakeBoard['files'] = new Map();
  let port: Duplex | undefined;
  let world = newWorld();
  let line = '';
  let sinceAnswer = 0;

  const storage = {
    read(name: string, offset = 0, length?: number) {
      const text = files.get(name)?.bytes.toString('latin1');
      return text?.slice(offset, length === undefined ? undefined : offset + length);
    },
    erase: (name: string) => void files.delete(name),
    getFree: () =>
      [...files.values()].reduce((free, file) => free - file.bytes.length, options.bytes ?? 900_000),
    compact() {},
    write(name: string, data: string, offset = 0, size = 0) {
      if (!files.has(name)) {
        if (offset > 0) throw new Error('Unable to find or create file');
        files.set(name, { bytes: Buffer.alloc(size || data.length, 0xff), written: [] });
      }
      const file = files.get(name)!;
      for (let at = 0; at < data.length; at++) {
        if (offset + at >= file.bytes.length) throw new Error('Too much data for file size');
        if (file.written[offset + at]) throw new Error('File already written with different data');
        file.bytes[offset + at] = data.charCodeAt(at);
        file.written[offset + at] = true;
      }
      return true;
    },
  };

  function newWorld(): vm.Context {
    return vm.createContext({
      print: (...words: unknown[]) => say(`${words.map(String).join(' ')}\r\n`),
      require: (name: string) => (name === 'Storage' ? storage : { SHA256: () => '' }),
      reset() {
        world = newWorld();
        say(`\r\n Espruino\r\n>`);
      },
      E: {
        CRC32: (text: string) => crc32(Buffer.from(text, 'latin1')),
        kickWatchdog() {},
        reboot() {
          board.reboots++;
          world = newWorld();
        },
      },
      process: {
        env: { BOARD: options.board ?? 'ESP32', VERSION: options.version ?? '2v29' },
        memory: () => ({ free: 3400 }),
      },
    });
  }

  function say(text: string): void {
    sinceAnswer = 0;
    const to = port;
    // A board answers a moment later, never within the write.
    setImmediate(() => to === port && !to?.destroyed && to?.push(Buffer.from(text, 'latin1')));
  }

  function enter(text: string): void {
    try {
      vm.runInContext(text.startsWith('\x10') ? text.slice(1) : text, world);
      say('>');
    } catch (error) {
      say(`Uncaught ${(error as Error).message}\r\n>`);
    }
  }

  function receive(byte: number): void {
    sinceAnswer++;
    board.longestBurst = Math.max(board.longestBurst, sinceAnswer);
    if (sinceAnswer > burst || random() < board.loss) return;
    const character = String.fromCharCode(byte);
    if (character === '\x03') {
      line = '';
      say('\r\n>');
    } else if (character === '\n') {
      const whole = line;
      line = '';
      enter(whole);
    } else line += character;
  }

  const board: FakeBoard = {
    files,
    text: (name) => files.get(name)?.bytes.toString('latin1') ?? '',
    reboots: 0,
    longestBurst: 0,
    loss: 0,
    cutAfter: Number.POSITIVE_INFINITY,
    open() {
      const opened = new Duplex({
        read() {},
        write(chunk: Buffer, _encoding, done) {
          for (const byte of chunk) {
            if (board.cutAfter-- <= 0) {
              opened.destroy(new Error('the plug was pulled'));
              return;
            }
            receive(byte);
          }
          done();
        },
      });
      line = '';
      port = opened;
      setImmediate(() => opened.emit('open'));
      return opened;
    },
  };
  return board;
}
