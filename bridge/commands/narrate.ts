/** The demo's terminal: one line per change, cause on the left, effect on the right. */

import type { LightView, PersonView } from '../../protocol/payloads.ts';
import type { Show } from '../../protocol/show.ts';
import type { View } from '../web/view.ts';

const words: Record<string, string> = {
  available: 'available',
  busy: 'busy',
  call: 'in a call',
  meeting: 'in a meeting',
  presenting: 'presenting',
  dnd: 'not to be disturbed',
  focusing: 'focusing',
  away: 'away',
  brb: 'right back',
  offline: 'offline',
  ooo: 'out of office',
  unknown: 'unknown',
};

/** Prints each change of a person's status with what their lights show for it, and each light that comes or goes. */
export function narrate(view: View, print: (line: string) => void): () => void {
  const statuses = new Map(view.people().map((person) => [person.id, person.status]));
  const online = new Map(view.lights().map((light) => [light.id, light.online]));
  const at = () => new Date().toTimeString().slice(0, 8);

  function person(changed: PersonView): void {
    if (statuses.get(changed.id) === changed.status) return;
    statuses.set(changed.id, changed.status);
    // The lights follow in the same turn; ask them after it.
    setImmediate(() => {
      const lights = view.lights().filter((light) => light.shows.includes(changed.id));
      const effect = lights.map((light) => `${light.id} ${look(light.show)}`).join(', ');
      print(
        `${at()}  ${`${changed.name} is ${words[changed.status] ?? changed.status}`.padEnd(32)} ${effect}`,
      );
    });
  }

  function light(changed: LightView): void {
    if (online.get(changed.id) === changed.online) return;
    online.set(changed.id, changed.online);
    print(`${at()}  ${changed.id} is ${changed.online ? 'back' : 'gone'}`);
  }

  return view.onEvent((event) => {
    if (event.event === 'presence') person(event.data);
    if (event.event === 'light') light(event.data);
  });
}

function look(show: Show | null): string {
  if (!show || show.state === 'OFF') return 'dark';
  const { r, g, b } = show.color;
  const hex = [r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('');
  return `#${hex}${show.effect === 'solid' ? '' : ` ${show.effect}`}`;
}
