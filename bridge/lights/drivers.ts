/** Every kind of light, in one list: a new one is a schema in config/schema.ts and a line here. */

import type { Clock } from '../../protocol/clock.ts';
import type { LightClass } from '../../protocol/payloads.ts';
import type { LightConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import { createEspruinoLight } from './espruino.ts';
import type { Light, LightTopics } from './light.ts';
import { createPageLight } from './page.ts';
import { createRelayLight, type RelayBus } from './relay/light.ts';
import type { UsbBus } from './usb/bus.ts';
import { driverOf } from './usb/choose.ts';
import { createUsbLight } from './usb/light.ts';

/** What the bridge lends to every driver. */
export interface LightPorts {
  topics: LightTopics;
  clock: Clock;
  log: Log;
  /** The way to USB devices. */
  usb: UsbBus;
  /** The broker that another maker's lamp is on. */
  busOf: (via: 'main' | 'mirror') => RelayBus;
  onReport: (light: string) => void;
}

export function createLight(config: LightConfig, ports: LightPorts): Light {
  switch (config.kind) {
    case 'espruino':
      return createEspruinoLight({ ...ports, id: config.id });
    case 'page':
      return createPageLight({ ...ports, id: config.id });
    case 'serial':
    case 'hid':
      return createUsbLight({ ...ports, config, bus: ports.usb });
    case 'wled':
    case 'tasmota':
    case 'zigbee2mqtt':
    case 'esphome':
      return createRelayLight({ ...ports, config, bus: ports.busOf(config.via) });
  }
}

/** What becomes of a light when the bridge is gone; one of `auto` may turn out to have a timer of its own besides. */
export function classOf(config: LightConfig): LightClass {
  switch (config.kind) {
    case 'espruino':
    case 'page':
      return 'own';
    case 'serial':
    case 'hid':
      return driverOf(config.kind, config.protocol)?.class ?? 'host';
    default:
      return 'timer';
  }
}

/** Whether the bridge itself writes the state of this light. */
export const isHosted = (config: LightConfig): boolean => config.kind !== 'espruino';
