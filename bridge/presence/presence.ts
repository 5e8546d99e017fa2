/** Graph's words -> one status (contract section 3). */
import type { Status } from '../../protocol/status.ts';

/**
 * What a presence says, as Graph sends it. Both words are open, case-insensitive strings: the documented lists have
 * changed over the years, and Teams adds to them (Microsoft Learn, "presence resource type").
 */
export interface PresenceWords {
  availability: string | null;
  activity: string | null;
  outOfOffice: boolean;
  /** Sortable as text: a lower one is older. Absent in some notifications. */
  sequenceNumber?: string | undefined;
}

const activities: Record<string, Status> = {
  presenting: 'presenting',
  inacall: 'call',
  inaconferencecall: 'call',
  inameeting: 'meeting',
  focusing: 'focusing',
  donotdisturb: 'dnd',
  urgentinterruptionsonly: 'dnd',
};

const occupied: Record<string, Status> = { busy: 'busy', busyidle: 'busy', donotdisturb: 'dnd' };

const others: Record<string, Status> = {
  available: 'available',
  availableidle: 'available',
  away: 'away',
  berightback: 'brb',
  offline: 'offline',
};

/** The status for Graph's words; words that nobody knows are `unknown`, never an error. */
export function toStatus(words: PresenceWords): Status {
  const availability = (words.availability ?? '').toLowerCase();
  const activity = (words.activity ?? '').toLowerCase();
  const away = words.outOfOffice || availability === 'outofoffice' || activity === 'outofoffice';
  return (
    own(activities, activity) ??
    own(activities, availability) ??
    own(occupied, availability) ??
    (away ? 'ooo' : undefined) ??
    own(others, availability) ??
    'unknown'
  );
}

function own(table: Record<string, Status>, word: string): Status | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
