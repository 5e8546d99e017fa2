/** What a phone as a lamp is told: the show, with the people whom it is of. */
import type { LampView } from '../../protocol/api.ts';
import type { LightState } from '../../protocol/show.ts';
import type { PagePort } from '../web/ports.ts';
import type { View } from '../web/view.ts';
import type { LightRoom } from './lights.ts';
import type { RosterRoom } from './roster.ts';

export function createLampPages(ports: { view: View; lights: LightRoom; roster: RosterRoom }): PagePort {
  const { view, lights, roster } = ports;
  const end = (light: string) => lights.all.get(light)?.page;

  function lamp(id: string): LampView | undefined {
    const light = end(id) && view.light(id);
    if (!light) return undefined;
    const { name, show, shows } = light;
    const ids = [...new Set(shows.flatMap((shown) => roster.membersOf(shown) ?? [shown]))];
    const people = ids.flatMap((person) => {
      if (!roster.has(person)) return [];
      const { name: known, status, since, override } = view.person(person);
      return [{ name: known, status, since, until: override?.until ?? null }];
    });
    return { id, name, show, people };
  }

  return {
    lamp,
    attach(light, hear) {
      let told = JSON.stringify(lamp(light));
      const stopListening = view.onEvent(({ event }) => {
        if (event !== 'light' && event !== 'presence') return;
        const now = lamp(light);
        const text = JSON.stringify(now);
        if (now && text !== told) hear('lamp', now);
        told = text;
      });
      const detach = end(light)?.attach(hear);
      return () => {
        stopListening();
        detach?.();
      };
    },
    state(light, state) {
      const page = end(light);
      page?.says(state as LightState);
      return page !== undefined;
    },
  };
}
