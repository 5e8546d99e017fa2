/**
 * What the firmware calls of Espruino, and nothing more: a builtin that is not declared here does not compile.
 * From the Espruino Reference (espruino.com/Reference); the language itself comes from `lib: es5`.
 */

/** The version in package.json; put in by the build. */
declare const FIRMWARE_VERSION: string;

declare function print(...values: unknown[]): void;
/** Seconds since 1970 or, until the clock is set, since power-up. */
declare function getTime(): number;
declare function setTimeout(run: () => void, ms: number): number;
declare function setInterval(run: () => void, ms: number): number;
declare function changeInterval(timer: number, ms: number): void;
/** Throws when given undefined. */
declare function clearTimeout(timer: number): void;
declare function clearInterval(timer: number): void;
/** Throws when the build lacks the module. */
/** PWM, 0 to 1. */
declare function analogWrite(pin: Pin, level: number): void;
declare function pinMode(pin: Pin, mode: 'input_pullup' | 'input_pulldown'): void;
declare function setWatch(
  run: (change: { state: boolean }) => void,
  pin: Pin,
  options: { repeat: boolean; edge: 'both'; debounce: number },
): number;
declare function require(name: 'Storage'): EspruinoStorage;
declare function require(name: 'net'): EspruinoNet;
declare function require(name: 'dgram'): EspruinoDgram;
declare function require(name: 'crypto'): EspruinoCrypto;
declare function require(name: 'neopixel'): EspruinoNeopixel;
declare function require(name: 'Wifi'): EspruinoWifi;
declare function require(name: 'TelnetServer'): { setOptions(options: { mode: 'off' }): void };
declare function require(name: 'http'): EspruinoHttp;

declare const NRF: {
  setServices(services: object, options: { uart: boolean }): void;
  sleep(): void;
};

declare const global: {
  /** Called by cable: what the lamp must show. */
  show?: (text: string) => void;
  /** As a method, so that the build may shorten the names around it. */
  eval(code: string): void;
};
declare function atob(base64: string): string;

declare const E: {
  on(event: 'errorFlag', run: (flags: string[]) => void): void;
  reboot(): void;
  /** With `isAuto` false, the chip resets unless it is kicked each so many seconds. */
  enableWatchdog(seconds: number, isAuto: boolean): void;
  kickWatchdog(): void;
  CRC32(text: string): number;
  /** Of all the numbers. */
  sum(data: Uint8Array): number;
  /** Of all the bytes, one after the other. */
  toUint8Array(head: Uint8Array, tail: string | Uint8Array): Uint8Array;
  /** Seeds Math.random, which starts the same on every chip. */
  srand(seed: number): void;
  /** 32 bits that look random; on an ESP32 the same ones after each boot. */
  hwRand(): number;
};

declare const process: {
  env: { BOARD: string; VERSION: string };
  /** Unless `gc` is false, it collects garbage first, which takes as long as many frames. */
  memory(gc: boolean): { free: number };
  on(event: 'uncaughtException', run: (error: unknown) => void): void;
};

declare class Pin {
  constructor(name: number | string);
}

interface EspruinoStorage {
  read(name: string): string | undefined;
  read(name: string, offset: number, length: number): string | undefined;
  /** A `size` of 0 is that of the data. Throws when there is no room, or when other data stands there. */
  write(name: string, data: string, offset: number, size: number): boolean;
  erase(name: string): void;
}

interface EspruinoSocket {
  /** At most 536 bytes at once, each character one byte. */
  on(event: 'data', run: (data: string) => void): void;
  on(event: 'close', run: () => void): void;
  /** Throws when the socket is closed. */
  write(data: string): void;
  end(): void;
}

interface EspruinoNet {
  /** Blocks the whole interpreter until the handshake ends, and throws when it fails. */
  connect(to: { host: string; port: number }, connected: () => void): EspruinoSocket;
}

interface EspruinoRequest {
  method: string;
  /** By their names as the browser wrote them. */
  headers: Record<string, string>;
  on(event: 'data', run: (data: string) => void): void;
  on(event: 'close', run: () => void): void;
}

interface EspruinoHttp {
  createServer(
    run: (
      request: EspruinoRequest,
      response: {
        writeHead(status: number, headers: Record<string, string>): void;
        end(body: string): void;
      },
    ) => void,
  ): { listen(port: number): void };
}

interface EspruinoDatagramSocket {
  on(event: 'message', run: (message: string, from: { address: string; port: number }) => void): void;
  send(message: string, offset: number, length: number, port: number, address: string): void;
  close(): void;
}

interface EspruinoDgram {
  createSocket(type: 'udp4'): EspruinoDatagramSocket;
}

interface EspruinoCrypto {
  SHA256(data: Uint8Array): ArrayBuffer;
}

interface EspruinoNeopixel {
  write(pin: Pin, data: Uint8Array): void;
}

interface EspruinoWifi {
  connect(ssid: string, options: { password?: string }, done: (error: string | null) => void): void;
  disconnect(): void;
  startAP(
    ssid: string,
    options: { password: string; authMode: 'wpa2' },
    done: (error: string | null) => void,
  ): void;
  stopAP(): void;
  on(event: 'sta_joined', run: () => void): void;
  setHostname(name: string): void;
  getIP(): { ip: string };
  getDetails(): { rssi?: number };
}

// Of ES2015, what Espruino has.
interface String {
  startsWith(text: string): boolean;
}
interface ObjectConstructor {
  assign<A, B, C>(target: A, first: B, second: C): A & B & C;
}
interface Uint8Array {
  fill(value: number): this;
}
