/**
 * What is to be known of one make of USB light. A driver is pure: settings in, a protocol out; shows in, bytes out.
 * Ports, time and effects are light.ts and port.ts; docs/serial.md says how to add a driver.
 */
import type { LightClass } from '../../../protocol/payloads.ts';
import type { Show } from '../../../protocol/show.ts';
import type { Status } from '../../../protocol/status.ts';
import type { Said } from '../said.ts';

/** By what a USB descriptor names a product. */
export interface Identity {
  /** Four small hexadecimal digits, as sysfs has them. */
  vendor: string;
  product: string;
  /** What maker or product must say besides, where the ids are those of a bridge chip in a thousand products. */
  says?: RegExp;
}

/** A line of a device's answer: what was asked for, also from a device that speaks otherwise from now on; what it shows; a refusal; or nothing that is known. */
export type Answer = 'ok' | 'other' | 'refused' | Said | undefined;

export interface UsbProtocol {
  /** LEDs that the bridge draws when the device does not play the effect. */
  leds: number;
  /** The shortest time between two pictures, in milliseconds. */
  frameMs: number;
  /** Sent again so often, changed or not, in milliseconds. */
  restateMs: number;
  /** What the light can show of a show: three plain colours, say. */
  within?(show: Show, stands: Status | undefined, colorBlind?: boolean): Show;
  /** A show in one message, effect and all; nothing when the device cannot play it, so that the bridge draws it. */
  whole?(show: Show, stands: Status | undefined): Buffer | undefined;
  /** One picture: three bytes, red, green and blue, per LED. */
  frame(pixels: Uint8Array, show: Show, stands: Status | undefined): Buffer;
  /** Sent once after each opening, each as a message of its own. */
  greet?: readonly Buffer[];
  /** Sent at each beat of the director (10 s), so that the device's own timer begins anew. */
  keepAlive?: Buffer;
  /** For a timer that must be stopped before it starts anew: this at each third beat, the show again 500 ms later. */
  disarm?: Buffer;
  /** A question that does no harm, and what is heard; asked after each opening and now and then. */
  ask?: Buffer;
  /** One line of what the device says, without its end; at most `longestLine` bytes. */
  hear?(line: string): Answer;
  longestLine?: number;
}

/** One line of a list of drivers. `class` is what becomes of such a light when the bridge is gone. */
export interface Driver<Settings, Protocol extends UsbProtocol = UsbProtocol> {
  /** What people call it. */
  name: string;
  class: LightClass;
  /** By these `auto` knows the device; none = it cannot be known by its plug. */
  claims: readonly Identity[];
  make(settings: Settings): Protocol;
}

/** No effect needs more, and a Pi has better things to do: 20 pictures a second. */
export const usualFrameMs = 50;
/** A device that restarted without leaving the bus is right again after so long. */
export const usualRestateMs = 30_000;
