/** How much of a person's presence others see (`share:` in the configuration); it holds on every surface alike. */
import type { Status } from '../../protocol/status.ts';
import type { PersonPresence } from './board.ts';

export type Share = 'full' | 'status' | 'busy-free';

const busyFree: Record<Status, Status> = {
  available: 'available',
  busy: 'busy',
  call: 'busy',
  meeting: 'busy',
  presenting: 'busy',
  dnd: 'busy',
  focusing: 'busy',
  away: 'offline',
  brb: 'offline',
  offline: 'offline',
  ooo: 'offline',
  unknown: 'unknown',
};

/** What is left of a presence at a level: `full` all, `status` no raw words, `busy-free` one of four words. */
export function shared(presence: PersonPresence, share: Share): PersonPresence {
  if (share === 'full') return presence;
  const { availability: _, activity: __, outOfOffice: ___, ...rest } = presence;
  const status = share === 'busy-free' ? busyFree[presence.status] : presence.status;
  return { ...(rest as PersonPresence), status };
}
