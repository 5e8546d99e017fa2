/** Statuses of today, at each person's level of sharing: in memory only, and only where `web.timeline` says so. */
import type { TimelineView } from '../../protocol/api.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Status } from '../../protocol/status.ts';

const mostEntries = 500;

interface Entry {
  status: Status;
  since: number;
}

export interface Timeline {
  /** A person is in this status from now on. */
  saw(person: string, status: Status): void;
  of(person: string): TimelineView;
  /** A person is no more. */
  forget(person: string): void;
}

export function createTimeline(
  clock: Clock,
  enabled: () => boolean,
  /** A status as it is shared now: who shares less from now on shares less of the past, too. */
  shared: (person: string, status: Status) => Status,
): Timeline {
  const entries = new Map<string, Entry[]>();

  return {
    forget: (person) => void entries.delete(person),
    saw(person, status) {
      if (!enabled()) return entries.clear();
      const known = entries.get(person) ?? [];
      entries.set(person, known);
      if (known.at(-1)?.status === status) return;
      known.push({ status, since: clock.now() });
      const today = midnight(clock.now());
      // What began yesterday and ended today is still of today.
      while (known.length > mostEntries || (known[1] && known[1].since <= today)) known.shift();
    },
    of(person) {
      const seen = (enabled() ? (entries.get(person) ?? []) : []).map(({ status, since }) => ({
        status: shared(person, status),
        since,
      }));
      const known = seen.filter(({ status }, index) => status !== seen[index - 1]?.status);
      const today = midnight(clock.now());
      return {
        enabled: enabled(),
        entries: known.flatMap(({ status, since }, index) => {
          const until = known[index + 1]?.since;
          if (until !== undefined && until <= today) return [];
          const from = new Date(Math.max(since, today)).toISOString();
          return [{ status, since: from, until: until === undefined ? null : new Date(until).toISOString() }];
        }),
      };
    },
  };
}

/** The last midnight of this machine's time zone, ms. */
function midnight(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}
