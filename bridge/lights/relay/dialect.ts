/** How one make of lamp is spoken to over MQTT. Each is pure: shows in, messages out; messages in, what they say out. */
import type { Rgb, Show } from '../../../protocol/show.ts';
import type { Said } from '../said.ts';

/** Seconds after which a lamp that hears nothing goes dark by its own timer. */
export const timerSeconds = 90;

export interface Message {
  topic: string;
  payload: string;
}

export interface Dialect {
  /** What to subscribe to; there are no wildcards in them. */
  topics: readonly string[];
  /** Sent once when the lamp comes: makes sure of what it falls back to when its timer ends. */
  prepare: readonly Message[];
  /** Sent half a second before a look that is to start the timer anew, where it would not start otherwise. */
  disarm: readonly Message[];
  /** Shows it, and starts the lamp's timer. */
  look(show: Show): Message[];
  /** Asks the lamp what it shows. */
  ask: readonly Message[];
  read(topic: string, payload: string): Said | undefined;
  /** How far a colour that it says may be from the one it was told, per channel: its way of telling loses some. */
  colorTolerance?: number;
}

export function json(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function hexOf({ r, g, b }: Rgb): string {
  return `#${[r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** `#RRGGBB`, also with white channels behind it (Tasmota) or before it (WLED). */
export function rgbOf(hex: string): Rgb | undefined {
  const value = /^#?([0-9a-fA-F]{6})/.exec(hex)?.[1];
  if (!value) return undefined;
  const number = Number.parseInt(value, 16);
  return { r: number >> 16, g: (number >> 8) & 255, b: number & 255 };
}

export const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);
