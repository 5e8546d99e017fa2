/** What is wrong with the machine under the bridge: its disk, its state, its clock. */
import type { Clock } from '../protocol/clock.ts';
import { builtAt } from './assets.ts';
import type { Store, StoreFault } from './store.ts';

export interface Trouble {
  what: StoreFault['what'] | 'clock';
  /** One sentence with the mend; names no person. */
  text: string;
}

export function troublesOf(store: Store, clock: Clock): Trouble[] {
  // A Pi has no battery for its clock: before the network tells the time, no certificate can be believed.
  const early = clock.now() < builtAt;
  const text = `The clock stands at ${new Date(clock.now()).toISOString()}, before this version was made: give this machine a network, or set its clock.`;
  return [...store.faults(), ...(early ? [{ what: 'clock' as const, text }] : [])];
}
