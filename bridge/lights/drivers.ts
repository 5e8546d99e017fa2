/** Every kind of light, in one list: a new one is a schema in config/schema.ts and a line here. */

import type { Clock } from '../../protocol/clock.ts';
import type { LightClass } from '../../protocol/payloads.ts';
import type { LightConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import { createEspruinoLight } from './espruino.ts';
import type { Light, LightTopics } from './light.ts';
import { createRelayLight, type RelayBus } from './relay/light.ts';
import { createSerialLight } from './serial/light.ts';
import type { OpenSerial } from './serial/port.ts';

/** What the bridge lends to every driver. */
export interface LightPorts {
  topics: LightTopics;
  clock: Clock;
  log: Log;
  /** The way to serial devices. */
  openSerial: OpenSerial;
  /** The broker that another maker's lamp is on. */
  busOf: (via: 'main' | 'mirror') => RelayBus;
  onReport: (light: string) => void;
}

export function createLight(config: LightConfig, ports: LightPorts): Light {
  switch (config.kind) {
    case 'espruino':
      return createEspruinoLight({ ...ports, id: config.id });
    case 'serial':
      return createSerialLight({ ...ports, id: config.id, device: config.device, protocol: config.protocol });
    case 'wled':
    case 'tasmota':
    case 'zigbee2mqtt':
    case 'esphome':
      return createRelayLight({ ...ports, config, bus: ports.busOf(config.via) });
  }
}

/** What becomes of a light of each kind when the bridge is gone. */
export const classOf: Record<LightConfig['kind'], LightClass> = {
  espruino: 'own',
  serial: 'host',
  wled: 'timer',
  tasmota: 'timer',
  zigbee2mqtt: 'timer',
  esphome: 'timer',
};

/** Whether the bridge itself writes the state of lights of this kind. */
export const isHosted = (config: LightConfig): boolean => classOf[config.kind] !== 'own';
