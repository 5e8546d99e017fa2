/** What is wrong with the machine under the bridge: its disk, its state, its clock, its network. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../protocol/clock.ts';
import { builtAt } from './assets.ts';
import type { Store, StoreFault } from './store.ts';

export interface Trouble {
  /** A name of ours, or of a file of the appliance's. */
  what: StoreFault['what'] | 'clock' | (string & {});
  /** One sentence with the mend; names no person. */
  text: string;
}

/** @param folder where the appliance says what it found wrong: a file of one sentence for each */
export function troublesOf(
  store: Store,
  clock: Clock,
  folder = process.env['DOORLIGHT_TROUBLES'],
): Trouble[] {
  // A Pi has no battery for its clock: before the network tells the time, no certificate can be believed.
  const early = clock.now() < builtAt;
  const text = `The clock stands at ${new Date(clock.now()).toISOString()}, before this version was made: give this machine a network, or set its clock.`;
  return [...ofMachine(folder), ...store.faults(), ...(early ? [{ what: 'clock', text }] : [])];
}

function ofMachine(folder: string | undefined): Trouble[] {
  if (!folder) return [];
  try {
    return readdirSync(folder).map((what) => ({
      what,
      text: readFileSync(join(folder, what), 'utf8').trim(),
    }));
  } catch {
    // One that is over was just taken away.
    return [];
  }
}
