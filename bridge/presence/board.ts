/**
 * Who is what, since when, and is it confirmed. A status stands only while a reading confirmed it less than
 * `staleAfterMs` ago; then it is unknown, by the board's own timer and not by anyone's leave.
 */
import { type Clock, iso } from '../../protocol/clock.ts';
import type { Status } from '../../protocol/status.ts';
import { type PresenceWords, toStatus } from './presence.ts';

export type Source = 'push' | 'poll' | 'override' | 'none';

export interface PersonPresence {
  id: string;
  status: Status;
  availability: string | null;
  activity: string | null;
  outOfOffice: boolean | null;
  /** ISO-8601: first seen in this status. */
  since: string;
  /** ISO-8601: the reading that set this; null before the first. */
  checkedAt: string | null;
  fresh: boolean;
  source: Source;
}

/** What survives a restart: the last confirmed words of a person. */
export interface StoredPresence extends PresenceWords {
  id: string;
  since: number;
  /** Wall clock, ms: the last time at which this was confirmed. */
  confirmedAt: number;
}

/** Words as read; a notification may leave out whether somebody is out of office, and then nothing is known to change. */
export type ReadWords = Omit<PresenceWords, 'outOfOffice'> & { outOfOffice?: boolean };

export interface Reading {
  person: string;
  words: ReadWords;
  source: 'push' | 'poll';
  /** Monotonic ms at which this was true at the earliest: a request's start, a notification's arrival. */
  asOf: number;
}

interface Entry {
  shown: PersonPresence;
  /** The last confirmed reading, kept while unknown so that `since` survives an outage. */
  last?: StoredPresence;
  asOf: number;
}

export interface Board {
  /** False when it is no news: something newer is known, or nobody can say how old this is. */
  confirm(reading: Reading): boolean;
  get(person: string): PersonPresence | undefined;
  all(): PersonPresence[];
  /** Calls with each person whose payload changed; the result removes the listener. */
  onChange(listener: (person: PersonPresence) => void): () => void;
  /** Who is on the board from now on; those who were before stay as they are. */
  setPeople(ids: readonly string[]): void;
  /** From the next reading on. */
  setStaleAfter(ms: number): void;
  snapshot(): StoredPresence[];
  /** So many ms passed that the monotonic clock did not count: all that was confirmed is older by that. */
  age(ms: number): void;
  /** Everything unknown, for the end of the bridge. */
  forget(): void;
  stop(): void;
}

export function createBoard(options: {
  clock: Clock;
  people: string[];
  staleAfterMs: number;
  stored?: StoredPresence[];
}): Board {
  const { clock } = options;
  let { staleAfterMs } = options;
  const entries = new Map<string, Entry>();
  const listeners = new Set<(person: PersonPresence) => void>();
  /** Person -> monotonic ms at which the status is stale. */
  const deadlines = new Map<string, number>();
  let timerAt = Number.POSITIVE_INFINITY;
  /** Monotonic ms: what began before this is older than it looks. */
  let agedAt = Number.NEGATIVE_INFINITY;
  let cancelTimer = () => {};

  const memory = new Map((options.stored ?? []).map((stored) => [stored.id, stored]));
  setPeople(options.people);

  function setPeople(ids: readonly string[]): void {
    const stay = new Set(ids);
    for (const id of entries.keys()) {
      if (stay.has(id)) continue;
      entries.delete(id);
      deadlines.delete(id);
    }
    for (const id of stay) {
      if (entries.has(id)) continue;
      entries.set(id, { shown: unknown(id), asOf: Number.NEGATIVE_INFINITY });
      const stored = memory.get(id);
      if (stored) restore(stored);
    }
  }

  function unknown(id: string): PersonPresence {
    return {
      id,
      status: 'unknown',
      availability: null,
      activity: null,
      outOfOffice: null,
      since: iso(clock.now()),
      checkedAt: null,
      fresh: false,
      source: 'none',
    };
  }

  /** A status younger than staleAfterMs stands again at once; an older one only keeps its `since`. */
  function restore(stored: StoredPresence): void {
    const entry = entries.get(stored.id);
    if (!entry) return;
    entry.last = stored;
    const age = clock.now() - stored.confirmedAt;
    // A stamp from the future means that the wall clock was set back: its age is not known.
    if (age < 0 || age >= staleAfterMs) return;
    entry.asOf = clock.monotonic() - age;
    entry.shown = confirmed(stored, 'poll', stored.confirmedAt);
    keepUntil(stored.id, entry.asOf + staleAfterMs);
  }

  function confirmed(stored: StoredPresence, source: Source, checkedAt: number): PersonPresence {
    return {
      id: stored.id,
      status: toStatus(stored),
      availability: stored.availability,
      activity: stored.activity,
      outOfOffice: stored.outOfOffice,
      since: iso(stored.since),
      checkedAt: iso(checkedAt),
      fresh: true,
      source,
    };
  }

  function confirm(reading: Reading): boolean {
    const { person, words: read, source, asOf } = reading;
    const entry = entries.get(person);
    if (!entry || asOf < agedAt || isOlder(entry, reading)) return false;
    const words = { ...read, outOfOffice: read.outOfOffice ?? entry.last?.outOfOffice ?? false };
    const status = toStatus(words);
    const same = entry.last !== undefined && toStatus(entry.last) === status;
    const stored: StoredPresence = {
      id: person,
      ...words,
      since: same ? entry.last!.since : clock.now(),
      confirmedAt: clock.now(),
    };
    entry.last = stored;
    entry.asOf = Math.max(entry.asOf, asOf);
    // Push proves nothing while it is quiet, so only reads keep a status alive; and from when they were asked for: an
    // answer that took ten seconds is ten seconds old.
    if (source === 'poll') keepUntil(person, asOf + staleAfterMs);
    const before = entry.shown;
    const after = confirmed(stored, source, clock.now());
    if (!isSame(before, after)) {
      entry.shown = after;
      tell(after);
    }
    return true;
  }

  /**
   * Late and repeated notifications, and reads that began before the newest notification came, change nothing. A
   * notification may be four hours late, so it counts only while reads confirm what it is newer than.
   */
  function isOlder(entry: Entry, { words, source, asOf }: Reading): boolean {
    if (source === 'push' && !entry.shown.fresh) return true;
    const known = entry.shown.fresh ? entry.last?.sequenceNumber : undefined;
    if (known && words.sequenceNumber) return words.sequenceNumber < known;
    return asOf < entry.asOf;
  }

  function keepUntil(person: string, deadline: number): void {
    deadlines.set(person, deadline);
    if (deadline < timerAt) expireAt(deadline);
  }

  function expireAt(deadline: number): void {
    cancelTimer();
    timerAt = deadline;
    cancelTimer = clock.after(Math.max(0, deadline - clock.monotonic()), expire);
  }

  /** Runs at most once in staleAfterMs while all is confirmed, so it may look at everybody. */
  function expire(): void {
    timerAt = Number.POSITIVE_INFINITY;
    let next = timerAt;
    for (const [person, deadline] of deadlines) {
      if (deadline <= clock.monotonic()) makeUnknown(person);
      else next = Math.min(next, deadline);
    }
    if (next < timerAt) expireAt(next);
  }

  function makeUnknown(person: string): void {
    deadlines.delete(person);
    const entry = entries.get(person)!;
    if (!entry.shown.fresh) return;
    entry.shown = { ...unknown(person), checkedAt: entry.shown.checkedAt };
    tell(entry.shown);
  }

  function tell(person: PersonPresence): void {
    for (const listener of listeners) listener(person);
  }

  return {
    confirm,
    setPeople,
    setStaleAfter(ms) {
      staleAfterMs = ms;
    },
    get: (person) => entries.get(person)?.shown,
    all: () => [...entries.values()].map((entry) => entry.shown),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => [...entries.values()].flatMap((entry) => (entry.last ? [entry.last] : [])),
    age(ms) {
      agedAt = clock.monotonic();
      for (const [person, deadline] of deadlines) deadlines.set(person, deadline - ms);
      expire();
    },
    forget() {
      for (const person of [...deadlines.keys()]) makeUnknown(person);
    },
    stop() {
      cancelTimer();
      listeners.clear();
    },
  };
}

/** A newer `checkedAt`, or another way of learning the same, is no change (contract section 4). */
function isSame(a: PersonPresence, b: PersonPresence): boolean {
  return (
    a.fresh === b.fresh &&
    a.status === b.status &&
    a.availability === b.availability &&
    a.activity === b.activity &&
    a.outOfOffice === b.outOfOffice
  );
}
