/** Every light of the configuration, each behind its driver. */
import type { LightConfig } from '../config/schema.ts';
import { createLight, type LightPorts } from '../lights/drivers.ts';
import type { Light } from '../lights/light.ts';

type Look = Parameters<Light['show']>;

export interface LightRoom {
  all: ReadonlyMap<string, Light>;
  /** How many are there, of how many: known, not counted, because each report of a light asks. */
  count(): { online: number; total: number };
  /** Lights that came are started, those that went or have another driver are ended; the others notice nothing. */
  apply(configs: readonly LightConfig[]): Promise<void>;
  start(): void;
  beat(): void;
  /** What a light must show from now on; a driver that is made anew is told it, too. */
  show(light: string, ...look: Look): void;
  /** Ms of the monotonic clock at which a light last said something; nothing before. */
  heardAt(light: string): number | undefined;
  /** A message that a light published itself. */
  hear(light: string, what: string, payload: Buffer): void;
  stop(): Promise<void>;
}

export function createLightRoom(
  configs: readonly LightConfig[],
  ports: Omit<LightPorts, 'onReport'> & {
    onReport: (light: string) => void;
    /** A light that was away is there. */
    onOnline: () => void;
  },
): LightRoom {
  const all = new Map<string, Light>();
  const online = new Set<string>();
  const drivers = new Map<string, string>();
  const heard = new Map<string, number>();
  const told = new Map<string, Look>();

  function onReport(id: string): void {
    // A light that is on its way out may still speak.
    const light = all.get(id);
    if (!light) return;
    heard.set(id, ports.clock.monotonic());
    const isOnline = light.report().online;
    if (isOnline && !online.has(id)) ports.onOnline();
    if (isOnline) online.add(id);
    else online.delete(id);
    ports.onReport(id);
  }

  function open(config: LightConfig): void {
    all.set(config.id, createLight(config, { ...ports, onReport }));
    drivers.set(config.id, driverOf(config));
  }

  for (const config of configs) open(config);
  return {
    all,
    count: () => ({ online: online.size, total: all.size }),
    async apply(next) {
      const wanted = new Map(next.map((config) => [config.id, config]));
      for (const [id, light] of [...all]) {
        const config = wanted.get(id);
        if (config && driverOf(config) === drivers.get(id)) continue;
        all.delete(id);
        online.delete(id);
        if (!config) told.delete(id);
        await light.stop();
      }
      for (const config of next) {
        if (all.has(config.id)) continue;
        open(config);
        const light = all.get(config.id)!;
        light.start();
        const look = told.get(config.id);
        if (look) light.show(...look);
      }
    },
    start() {
      for (const light of all.values()) light.start();
    },
    beat() {
      for (const light of all.values()) light.beat?.();
    },
    show(id, ...look) {
      told.set(id, look);
      all.get(id)?.show(...look);
    },
    heardAt: (id) => heard.get(id),
    hear: (id, what, payload) => all.get(id)?.hear?.(what, payload),
    async stop() {
      await Promise.all([...all.values()].map((light) => light.stop()));
    },
  };
}

/** What a driver is made of; the rest of a light's keys are the director's, and change while it runs. */
function driverOf({ name: _, shows: __, combine: ___, brightness: ____, ...driver }: LightConfig): string {
  return JSON.stringify({ ...driver, onPress: undefined });
}
