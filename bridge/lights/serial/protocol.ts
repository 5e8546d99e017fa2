/** What a serial driver says besides the protocol: how the line is opened. */
import type { SerialLightConfig } from '../../config/schema.ts';
import type { Driver, UsbProtocol } from '../usb/protocol.ts';

export interface SerialLine {
  baudRate: number;
  /** Modem lines to set after opening, where a device wants them. */
  modem?: { dtr: boolean; rts: boolean };
}

export interface SerialProtocol extends UsbProtocol {
  line: SerialLine;
  /** A board that may restart when the port is opened is left alone so long, in milliseconds. */
  bootMs?: number;
  /** A device that loses what comes faster: at most so many bytes at once, and a pause in milliseconds between. */
  burst?: Burst;
}

export interface Burst {
  bytes: number;
  pauseMs: number;
}

export type SerialDriver = Driver<SerialLightConfig, SerialProtocol>;

/** Bootloaders of Arduino boards wait a second or two; what is sent meanwhile is lost, or taken for a command. */
export const usualBootMs = 2_000;

/** How long a message takes, in milliseconds: ten bits a byte on the wire, half as much again for the device, and pauses. */
export function wireMs(bytes: number, { line, burst }: SerialProtocol): number {
  const pauses = burst ? Math.floor(bytes / burst.bytes) * burst.pauseMs : 0;
  return Math.ceil((bytes * 10 * 1_000 * 1.5) / line.baudRate) + pauses;
}

/** Eight bits of the show's own look, brightness and all, for messages that carry one colour. */
export function hex(pixels: Uint8Array): string {
  return Buffer.from(pixels.subarray(0, 3)).toString('hex').toUpperCase();
}
