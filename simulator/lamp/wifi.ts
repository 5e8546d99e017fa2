/** Espruino's `Wifi` on an ESP32 (release 2v29): it never joins again by itself, and a failed try calls nobody back. */
import type { Clock } from '../../protocol/clock.ts';
import { createEvents, type Listener } from './events.ts';

/** The networks that a lamp can hear: name to password, '' for an open one. */
export type Air = Map<string, string>;

const usualJoinMs = 2000;

export interface HostWifi {
  /** What the firmware sees. */
  module: object;
  /** The network that the lamp opens itself. */
  accessPoint(): { ssid: string; password: string } | undefined;
  /** What the firmware has asked to join, oldest first. */
  joined: string[];
  stop(): void;
}

/**
 * @param onLink hears whether the lamp has an address
 * @param call runs the firmware's callbacks; it must not throw
 */
export function createHostWifi(options: {
  air: Air;
  /** How long joining takes until there is an address, in ms. */
  joinMs?: number | undefined;
  clock: Clock;
  call: (run: () => void) => void;
  onLink: (up: boolean) => void;
}): HostWifi {
  const { air, joinMs = usualJoinMs, clock, call, onLink } = options;
  const events = createEvents(call);
  const joined: string[] = [];
  let network: { ssid: string; password: string } | undefined;
  let accessPoint: { ssid: string; password: string } | undefined;
  let up = false;
  let cancelJoin = () => {};

  const inReach = () => network !== undefined && air.get(network.ssid) === network.password;

  function setUp(now: boolean): void {
    if (up === now) return;
    up = now;
    onLink(now);
  }
  onLink(false);
  const stopWatching = (function watch(): () => void {
    let cancel = () => {};
    const look = () => {
      if (up && !inReach()) setUp(false);
      cancel = clock.after(500, look);
    };
    look();
    return () => cancel();
  })();

  return {
    joined,
    accessPoint: () => accessPoint,
    module: {
      on: events.on,
      connect(ssid: string, given: { password?: string } | null, done?: Listener): void {
        joined.push(ssid);
        cancelJoin();
        setUp(false);
        network = { ssid, password: given?.password ?? '' };
        cancelJoin = clock.after(joinMs, () => {
          if (!inReach()) return;
          setUp(true);
          call(() => done?.(null));
        });
      },
      disconnect(): void {
        cancelJoin();
        network = undefined;
        setUp(false);
      },
      startAP(ssid: string, given: { password: string }, done?: Listener): void {
        if (given.password.length < 8) throw new Error('Password must be at least 8 characters');
        accessPoint = { ssid, password: given.password };
        call(() => done?.(null));
      },
      stopAP(): void {
        accessPoint = undefined;
      },
      setHostname() {},
      getIP: () => ({ ip: up ? '127.0.0.1' : '0.0.0.0' }),
      getDetails: () => ({ rssi: -60, status: up ? 'connected' : 'off' }),
    },
    stop(): void {
      cancelJoin();
      stopWatching();
    },
  };
}
