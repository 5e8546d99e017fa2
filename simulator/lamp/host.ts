/**
 * A lamp without hardware: runs the built firmware, unchanged, on a small host of Espruino's API. What Espruino
 * lacks is missing here, too, and whatever goes wrong inside stays inside.
 */
import { createHash } from 'node:crypto';
import vm from 'node:vm';
import { crc32 } from 'node:zlib';
import type { Clock } from '../../protocol/clock.ts';
import { createEvents } from './events.ts';
import { createHttp } from './http.ts';
import { createNetwork } from './network.ts';
import { createPins } from './pins.ts';
import { createStorage } from './storage.ts';
import { createTimers } from './timers.ts';
import { type Air, createHostWifi, type HostWifi } from './wifi.ts';

export interface LampHostOptions {
  /** The text of the built app. */
  firmware: string;
  /** The text of the built loader; without it the app runs at once. */
  loader?: string;
  /** The text of the built set-up network. */
  setup?: string;
  /** What `light flash` would write on the chip: at least `id` and `key`; see protocol/lamp-admin.ts. */
  settings: { id: string; key: string; leds?: { order?: string; [more: string]: unknown } } & Record<
    string,
    unknown
  >;
  clock: Clock;
  /** As Math.random: 0 to 1, 1 excluded. */
  random: () => number;
  /** What the firmware prints, a crash in it included. */
  log?: (line: string) => void;
  /** Each frame on the wire: 3 bytes (red, green, blue) per LED. */
  onPixels?: (rgb: Uint8Array) => void;
  /** Each level, 0 to 1, that a pin such as `D16` is set to. */
  onLevel?: (pin: string, level: number) => void;
  /** The networks in reach; without it the lamp has a network and no Wi-Fi, as Espruino's Linux build. */
  air?: Air;
  /** How long joining one of them takes, in ms. */
  joinMs?: number;
  /** As in `process.env.BOARD`. */
  board?: string;
  /** Room in Storage; an ESP32 has 896 kB. */
  storageBytes?: number;
  /** Modules in place of the host's own, or beyond them; `call` runs the firmware's callbacks while the lamp is on. */
  modules?: Record<string, unknown> | ((call: (run: () => void) => void) => Record<string, unknown>);
}

export interface LampHost {
  /** Plugs the lamp in. */
  start(): void;
  /** Pulls the plug: no farewell, every socket and timer gone. Storage survives. */
  stop(): void;
  /** Cuts the network: nothing passes, and nobody is told. */
  cutNetwork(): void;
  restoreNetwork(): void;
  /** Each packet to the lamp is this late, in ms. */
  slowNetwork(ms: number): void;
  /** The interpreter runs out of memory: what ran is cut off, which no program can catch. */
  exhaustMemory(): void;
  /** Pulls the plug in the middle of the `count`th write to Storage from now. */
  pullPlugAtWrite(count: number): void;
  /** Types a line at the console. */
  type(line: string): void;
  /** Presses or releases a button at a pin such as `D0`. */
  setButton(pin: string, pressed: boolean): void;
  /** The files in Storage. */
  files: Map<string, string>;
  /** The Wi-Fi, while the lamp is on and there is any. */
  wifi(): HostWifi | undefined;
}

/** Builtins of Node's JavaScript that Espruino lacks (its README, "Features"). */
const missing = [
  ...['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry', 'Symbol', 'Proxy', 'Reflect'],
  ...['BigInt', 'BigInt64Array', 'BigUint64Array', 'Intl', 'WebAssembly', 'Atomics', 'SharedArrayBuffer'],
  ...['RangeError', 'URIError', 'EvalError', 'AggregateError', 'Iterator', 'Promise', 'escape', 'unescape'],
  ...[
    'Array.from',
    'Array.of',
    'Object.freeze',
    'Object.seal',
    'Object.is',
    'Object.hasOwn',
    'Object.groupBy',
  ],
  ...['Math.trunc', 'Math.hypot', 'Math.log2', 'Math.log10', 'Math.clz32', 'Math.imul', 'Uint8Array.from'],
  ...['Number.isInteger', 'Number.isFinite', 'Number.isNaN', 'String.raw', 'String.fromCodePoint'],
  ...['flat', 'flatMap', 'lastIndexOf', 'reduceRight', 'findLast', 'at', 'entries'].map(
    (f) => `Array.prototype.${f}`,
  ),
  ...['codePointAt', 'at', 'trimStart', 'localeCompare', 'matchAll'].map((f) => `String.prototype.${f}`),
];

export function createLampHost(options: LampHostOptions): LampHost {
  const { clock, settings } = options;
  const log = options.log ?? (() => {});
  const storage = createStorage({
    ...(options.storageBytes ? { bytes: options.storageBytes } : {}),
    onPowerLost: () => stop(),
  });
  const { files } = storage;
  files.set('settings', JSON.stringify(settings));
  files.set('app.a', options.firmware);
  files.set('boot', 'a');
  if (options.loader) files.set('.bootcde', options.loader);
  if (options.setup) files.set('setup', options.setup);
  let power: ReturnType<typeof boot> | undefined;
  let cut = false;
  let late = 0;

  function boot() {
    let on = true;
    const events = createEvents((run) => run());
    const call = (run: () => void) => {
      if (!on) return;
      try {
        run();
      } catch (error) {
        // Espruino prints an uncaught error and goes on with the next event.
        if (on) crashed(error);
      }
    };
    function crashed(error: unknown): void {
      try {
        if (!events.emit('uncaughtException', error)) log(`Uncaught ${String(error)}`);
      } catch (second) {
        log(`Uncaught ${String(second)}`);
      }
    }
    const timers = createTimers(clock, call);
    const network = createNetwork(call, clock);
    const http = createHttp(call);
    const pins = createPins(options.onLevel ?? (() => {}), call, clock.now);
    network.delay(late);
    if (cut) network.cut();
    const wifi =
      options.air &&
      createHostWifi({
        air: options.air,
        joinMs: options.joinMs,
        clock,
        call,
        onLink: (up) => (up && !cut ? network.restore() : network.cut()),
      });

    const swap = settings.leds?.order === 'rgb' ? 0 : 1;
    const modules: Record<string, unknown> = {
      Storage: storage.module,
      net: network.net,
      dgram: network.dgram,
      http: http.module,
      crypto: {
        SHA256: (data: Uint8Array) => bytesOf(createHash('sha256').update(Uint8Array.from(data)).digest()),
      },
      neopixel: {
        write(_pin: unknown, data: Uint8Array) {
          if (data.length % 3) throw new Error('Data must be a multiple of 3 bytes long (RGB)');
          options.onPixels?.(
            Uint8Array.from(data, (_, i) => data[i % 3 === 2 ? i : i + swapped(i % 3, swap)]!),
          );
        },
      },
      ...(wifi ? { Wifi: wifi.module } : {}),
      ...(typeof options.modules === 'function' ? options.modules(call) : options.modules),
    };
    const print = (...values: unknown[]) => log(values.map(String).join(' '));
    const world: Record<string, unknown> = {
      print,
      console: { log: print },
      getTime: () => clock.now() / 1000,
      setTimeout: timers.setTimeout,
      setInterval: timers.setInterval,
      changeInterval: timers.changeInterval,
      clearTimeout: timers.clear,
      clearInterval: timers.clear,
      require(name: string) {
        if (!(name in modules)) throw new Error(`Module "${name}" not found`);
        return modules[name];
      },
      E: {
        on: events.on,
        reboot: () => clock.after(0, () => on && restart()),
        enableWatchdog: timers.enableWatchdog(() => on && restart()),
        kickWatchdog: timers.kickWatchdog,
        srand() {},
        hwRand: () => Math.floor(options.random() * 2 ** 32) | 0,
        sum: (data: Uint8Array) => data.reduce((sum, value) => sum + value, 0),
        CRC32: (text: string) => crc32(Buffer.from(text, 'latin1')),
        toUint8Array: (...parts: (string | Uint8Array)[]) =>
          new Uint8Array(
            Buffer.concat(
              parts.map((part) =>
                typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part),
              ),
            ),
          ),
      },
      process: {
        on: events.on,
        env: { BOARD: options.board ?? 'SIMULATED', VERSION: '2v29' },
        memory: () => ({ free: 3400, usage: 0, total: 3400 }),
      },
      atob: (text: string) => Buffer.from(text, 'base64').toString('latin1'),
      ...pins.globals,
    };
    const context = vm.createContext(world);
    for (const name of missing) vm.runInContext(`delete ${name}`, context);
    vm.runInContext('globalThis.global = globalThis', context);
    vm.runInContext('Math', context).random = options.random;
    return {
      network,
      wifi,
      pins,
      /** Not before `power` is set, for the program may pull the plug. */
      run() {
        const program = files.get('.bootcde') ?? options.firmware;
        call(() => vm.runInContext(program, context, { filename: 'app.js', timeout: 5000 }));
      },
      type: (line: string) =>
        call(() => vm.runInContext(line, context, { filename: 'console', timeout: 5000 })),
      exhaustMemory: () => call(() => events.emit('errorFlag', ['MEMORY'])),
      stop() {
        on = false;
        timers.stop();
        network.stop();
        http.stop();
        wifi?.stop();
      },
    };
  }

  function start(): void {
    power = boot();
    power.run();
  }
  function stop(): void {
    power?.stop();
    power = undefined;
  }
  function restart(): void {
    stop();
    start();
  }

  return {
    files,
    start() {
      if (!power) start();
    },
    stop,
    cutNetwork() {
      cut = true;
      power?.network.cut();
    },
    restoreNetwork() {
      cut = false;
      power?.network.restore();
    },
    slowNetwork(ms) {
      late = ms;
      power?.network.delay(ms);
    },
    type: (line) => power?.type(line),
    exhaustMemory: () => power?.exhaustMemory(),
    pullPlugAtWrite: storage.pullPlugAtWrite,
    setButton: (pin, pressed) => power?.pins.setButton(pin, pressed),
    wifi: () => power?.wifi,
  };
}

function bytesOf(data: Buffer): ArrayBuffer {
  return Uint8Array.from(data).buffer;
}

/** Where red (0) and green (1) stand on a strip that wants green first. */
function swapped(channel: number, swap: number): number {
  return channel === 0 ? swap : -swap;
}
