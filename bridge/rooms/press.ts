/** What the button on a lamp does, where `onPress:` of the light says so: it sets whom the light shows, for a while. */
import type { LightConfig } from '../config/schema.ts';
import type { Outcome } from '../control/control.ts';

const presses = ['short', 'double', 'long'] as const;

/** Takes a message on a light's `button` topic. What is set stands until its end, or until the same press again. */
export function createPress(rooms: {
  configs: () => readonly LightConfig[];
  isPerson: (id: string) => boolean;
  /** The status that is set by hand. */
  setOf: (person: string) => string | undefined;
  setPerson: (person: string, value: object) => Outcome;
}): (light: string, payload: Buffer) => void {
  return (id, payload) => {
    const light = rooms.configs().find((one) => one.id === id);
    const kind = pressIn(payload);
    if (light?.kind !== 'espruino' || !light.onPress || !kind) return;
    const { for: length, [kind]: wanted } = light.onPress;
    // Whom a button of several people means, nobody can say.
    const [person, ...others] = light.shows;
    if (!wanted || person === undefined || others.length > 0 || !rooms.isPerson(person)) return;
    const isOn = rooms.setOf(person) === wanted;
    const clears = wanted === 'clear' || isOn;
    rooms.setPerson(person, clears ? { clear: true } : { status: wanted, for: length });
  };
}

function pressIn(payload: Buffer): (typeof presses)[number] | undefined {
  try {
    const { press } = JSON.parse(payload.toString()) as { press?: unknown };
    return presses.find((one) => one === press);
  } catch {
    return undefined;
  }
}
