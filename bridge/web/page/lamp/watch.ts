/**
 * What a screen that is a lamp may show. Like the firmware of a lamp it believes what it was told only while the
 * bridge says that somebody still decides: after 40 s without that word it is unknown (class `own`).
 */
import type { LampView } from '../../../../protocol/api.ts';
import { type Clock, every } from '../../../../protocol/clock.ts';
import { createEventStream } from '../data/event-stream.ts';

const aliveMs = 40_000;
const identifyMs = 10_000;

export interface LampSnapshot {
  /** `out`: this device is not paired, or not any more. */
  connection: 'opening' | 'open' | 'out';
  /** What to show; nothing while that is unknown. */
  view: LampView | null;
  /** Wall clock in ms of the bridge's last word; 0 = none yet. */
  heardAt: number;
  identify: boolean;
}

export function createLampWatch(options: {
  light: string;
  clock: Clock;
  onChange: (now: LampSnapshot) => void;
}) {
  const { light, clock, onChange } = options;
  let told: LampView | null = null;
  let connection: LampSnapshot['connection'] = 'opening';
  let identifyUntil = 0;
  let heard = { wall: 0, monotonic: -aliveMs };
  let last = '';

  /** A device that slept may have stopped either of its clocks, never both. */
  const alive = () =>
    heard.wall > 0 &&
    clock.monotonic() - heard.monotonic < aliveMs &&
    Math.abs(clock.now() - heard.wall) < aliveMs;

  function look(): void {
    const now: LampSnapshot = {
      connection,
      view: connection !== 'out' && alive() ? told : null,
      heardAt: heard.wall,
      identify: clock.monotonic() < identifyUntil,
    };
    const text = JSON.stringify({ ...now, heardAt: 0 });
    if (text === last) return;
    last = text;
    onChange(now);
  }

  const on: Record<string, (data: never) => void> = {
    lamp: (view: LampView) => {
      told = view;
      connection = 'open';
    },
    alive: () => {
      heard = { wall: clock.now(), monotonic: clock.monotonic() };
    },
    identify: () => {
      identifyUntil = clock.monotonic() + identifyMs;
    },
  };
  const stream = createEventStream({
    url: `/api/lamp/${encodeURIComponent(light)}/events`,
    clock,
    onOpen() {},
    onEvent(name, data) {
      on[name]?.(data as never);
      look();
    },
    onLost(status) {
      if (status === 401 || status === 404) {
        connection = 'out';
        stream.stop();
      }
      look();
    },
  });
  stream.start();
  const stopLooking = every(clock, 500, look);
  return () => {
    stopLooking();
    stream.stop();
  };
}
