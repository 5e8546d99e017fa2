/** What the bridge is given, and what it is to who starts it. */
import type { Clock } from '../protocol/clock.ts';
import type { ConfigFile } from './config/file.ts';
import type { Listeners } from './config/listeners.ts';
import type { OpenSerial } from './lights/serial/open.ts';
import type { UsbBus } from './lights/usb/bus.ts';
import type { openMdns } from './lights/wled/search.ts';
import type { Log } from './log.ts';
import type { Store } from './store.ts';
import type { DemoPresence, View } from './web/view.ts';

export interface BridgePorts {
  clock: Clock;
  log: Log;
  store: Store;
  listeners: Listeners;
  /** 0 to 1 */
  random?: () => number;
  /** The way to USB devices, when it is not this machine's. */
  usb?: UsbBus;
  /** The director has looked at every light: for a watchdog. */
  onAlive?: () => void;
  /** Ends the process so that its supervisor starts it anew. */
  restart?: () => void;
  /** The networks that are searched for lamps, when they are not this machine's. */
  mdns?: typeof openMdns;
  /** The ports of boards that are flashed. */
  openSerial?: OpenSerial;
  /** Where the configuration came from; without it, it cannot be changed while the bridge runs. */
  configFile?: ConfigFile;
  /** The demo's: no log-in, push to the hooks without a public URL, and presences to be set by the visitor. */
  demo?: { setPresence(person: string, presence: DemoPresence): Promise<boolean> };
}

export interface BridgeUrls {
  web: string | undefined;
  mqtt: string | undefined;
  hooks: string | undefined;
  /** Where lamps find the bridge, by UDP. */
  probePort: number | undefined;
}

export interface Bridge {
  /** Starts everything or nothing. @throws StartError or ConfigError, in words for the user */
  start(): Promise<BridgeUrls>;
  view: View;
  /** Tells every light, closes every socket, writes the state; a part that hangs is left behind. */
  stop(): Promise<void>;
}
