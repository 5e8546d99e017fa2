/** Every light of the configuration, each behind its driver. */
import type { LightConfig } from '../config/schema.ts';
import { createLight, type LightPorts } from '../lights/drivers.ts';
import type { Light } from '../lights/light.ts';

export interface LightRoom {
  all: ReadonlyMap<string, Light>;
  /** Whether each light is online. */
  online(): boolean[];
  start(): void;
  beat(): void;
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

  function onReport(id: string): void {
    const isOnline = all.get(id)!.report().online;
    if (isOnline && !online.has(id)) ports.onOnline();
    if (isOnline) online.add(id);
    else online.delete(id);
    ports.onReport(id);
  }

  for (const config of configs) all.set(config.id, createLight(config, { ...ports, onReport }));
  return {
    all,
    online: () => [...all.values()].map((light) => light.report().online),
    start() {
      for (const light of all.values()) light.start();
    },
    beat() {
      for (const light of all.values()) light.beat?.();
    },
    hear: (id, what, payload) => all.get(id)?.hear?.(what, payload),
    async stop() {
      await Promise.all([...all.values()].map((light) => light.stop()));
    },
  };
}
