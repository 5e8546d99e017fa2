/** How much of a person's presence others see (`share:` in the configuration); it holds on every surface alike. */
import type { Status } from '../../protocol/status.ts';
import type { PersonPresence } from './board.ts';

export type Share = 'full' | 'status' | 'busy-free';

const leastFirst: readonly Share[] = ['busy-free', 'status', 'full'];

/** The one that shares less. */
export const lowerShare = (a: Share, b: Share): Share =>
  leastFirst.find((share) => share === a || share === b)!;

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

/** A status at a level. */
export const sharedStatus = (status: Status, share: Share): Status =>
  share === 'busy-free' ? busyFree[status] : status;

/**
 * What is left of a presence at a level: `full` all, `status` no raw words, `busy-free` one of four words. Their `since`
 * is that of the word which is seen: a call that begins while somebody is busy is nobody's business.
 */
export function createShares(): (presence: PersonPresence, share: Share) => PersonPresence {
  const seen = new Map<string, { status: Status; since: string }>();
  return (presence, share) => {
    if (share === 'full') return presence;
    const { availability: _, activity: __, outOfOffice: ___, ...rest } = presence;
    if (share === 'status') return rest as PersonPresence;
    const status = busyFree[presence.status];
    const before = seen.get(presence.id);
    const since = before?.status === status ? before.since : presence.since;
    seen.set(presence.id, { status, since });
    return { ...(rest as PersonPresence), status, since };
  };
}
