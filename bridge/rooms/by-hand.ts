/** What was set by hand, of people and of lights, kept over a restart. */
import type { Clock } from '../../protocol/clock.ts';
import type { Show } from '../../protocol/show.ts';
import type { Status } from '../../protocol/status.ts';
import type { Log } from '../log.ts';
import { keepOverrides, storedOverrides } from '../override-store.ts';
import { createOverrides, type Overrides } from '../presence/override.ts';
import type { Store } from '../store.ts';

export interface ByHandRoom {
  people: Overrides<Status>;
  lights: Overrides<Show>;
  /** The show that was set by hand on a light, with its end. */
  showOf(light: string): Show | undefined;
  /** Writes what stands, for the next start, and ends it here. */
  stop(): Promise<void>;
}

export function createByHandRoom(ports: { store: Store; clock: Clock; log: Log }): ByHandRoom {
  const { store, clock, log } = ports;
  const stored = storedOverrides(store);
  const people = createOverrides({ clock, stored: stored.people });
  const lights = createOverrides({ clock, stored: stored.lights });
  const written = keepOverrides({ people, lights, store, log });
  return {
    people,
    lights,
    showOf(light) {
      const byHand = lights.get(light);
      return byHand && { ...byHand.value, override: { until: new Date(byHand.until).toISOString() } };
    },
    async stop() {
      await written();
      people.stop();
      lights.stop();
    },
  };
}
