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
declare function require(name: 'Storage'): EspruinoStorage;
declare function require(name: 'net'): EspruinoNet;
declare function require(name: 'dgram'): EspruinoDgram;
declare function require(name: 'crypto'): EspruinoCrypto;
declare function require(name: 'neopixel'): EspruinoNeopixel;
declare function require(name: 'Wifi'): EspruinoWifi;

declare const E: {
  on(event: 'errorFlag', run: (flags: string[]) => void): void;
  reboot(): void;
  /** Seeds Math.random, which starts the same on every chip. */
  srand(seed: number): void;
  /** 32 bits that look random; on an ESP32 the same ones after each boot. */
  hwRand(): number;
};

declare const process: {
  env: { BOARD: string; VERSION: string };
  memory(): { free: number };
  on(event: 'uncaughtException', run: (error: unknown) => void): void;
};

declare class Pin {
  constructor(name: number | string);
}

interface EspruinoStorage {
  /** Undefined when the file is missing or, with `quiet`, damaged. */
  readJSON(name: string, quiet: boolean): unknown;
  read(name: string): string | undefined;
  write(name: string, data: string): boolean;
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
