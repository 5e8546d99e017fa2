/**
 * A lamp without hardware: runs the built firmware, unchanged, on a small host of Espruino's API. What Espruino
 * lacks is missing here, too, and whatever goes wrong inside stays inside.
 */
import { createHash } from 'node:crypto';
import vm from 'node:vm';
import type { Clock } from '../../protocol/clock.ts';
import { createEvents } from './events.ts';
import { createNetwork } from './network.ts';
import { createTimers } from './timers.ts';

export interface LampHostOptions {
  /** The text of the built firmware. */
  firmware: string;
  /** What `light flash` would write on the chip: at least `id` and `key`; see firmware-js/settings.ts. */
  settings: { id: string; key: string; leds?: { order?: 'grb' | 'rgb' } } & Record<string, unknown>;
  clock: Clock;
  /** As Math.random: 0 to 1, 1 excluded. */
  random: () => number;
  /** What the firmware prints, a crash in it included. */
  log?: (line: string) => void;
  /** Each frame on the wire: 3 bytes (red, green, blue) per LED. */
  onPixels?: (rgb: Uint8Array) => void;
  /** Modules of a board beyond those of Espruino's Linux build, such as `Wifi`. */
  modules?: Record<string, unknown>;
}

export interface LampHost {
  /** Plugs the lamp in. */
  start(): void;
  /** Pulls the plug: no farewell, every socket and timer gone. Storage survives. */
  stop(): void;
  /** Cuts the network: nothing passes, and nobody is told. */
  cutNetwork(): void;
  restoreNetwork(): void;
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
  const storage = new Map<string, string>([['settings', JSON.stringify(settings)]]);
  let power: { stop(): void; network: ReturnType<typeof createNetwork> } | undefined;
  let cut = false;

  function boot(): void {
    let on = true;
    const events = createEvents((run) => run());
    const call = (run: () => void) => {
      if (!on) return;
      try {
        run();
      } catch (error) {
        // Espruino prints an uncaught error and goes on with the next event.
        crashed(error);
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
    const network = createNetwork(call);
    if (cut) network.cut();
    power = {
      network,
      stop() {
        on = false;
        timers.stop();
        network.stop();
      },
    };

    const swap = settings.leds?.order === 'rgb' ? 0 : 1;
    const modules: Record<string, unknown> = {
      Storage: {
        read: (name: string) => storage.get(name),
        write: (name: string, data: string) => Boolean(storage.set(name, String(data))),
        readJSON: (name: string) => parseInside(storage.get(name) ?? 'null') ?? undefined,
      },
      net: network.net,
      dgram: network.dgram,
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
      ...options.modules,
    };
    const print = (...values: unknown[]) => log(values.map(String).join(' '));
    const context = vm.createContext({
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
        srand() {},
        hwRand: () => Math.floor(options.random() * 2 ** 32) | 0,
      },
      process: {
        on: events.on,
        env: { BOARD: 'SIMULATED', VERSION: '2v29' },
        memory: () => ({ free: 3400, usage: 0, total: 3400 }),
      },
      Pin: function Pin(this: { name: string }, name: string) {
        this.name = String(name);
      },
    });
    for (const name of missing) vm.runInContext(`delete ${name}`, context);
    // Of the firmware's own world, so that `Array.isArray` and the like hold.
    const parseInside = vm.runInContext('JSON.parse', context) as (text: string) => unknown;
    vm.runInContext('Math', context).random = options.random;
    call(() => vm.runInContext(options.firmware, context, { filename: 'app.js', timeout: 5000 }));
  }

  function stop(): void {
    power?.stop();
    power = undefined;
  }
  function restart(): void {
    stop();
    boot();
  }

  return {
    start() {
      if (!power) boot();
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
  };
}

function bytesOf(data: Buffer): ArrayBuffer {
  return Uint8Array.from(data).buffer;
}

/** Where red (0) and green (1) stand on a strip that wants green first. */
function swapped(channel: number, swap: number): number {
  return channel === 0 ? swap : -swap;
}
