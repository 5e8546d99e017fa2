/** A person's day so far, where the bridge keeps it: a bar to look at, and the same as a list to hear. */
import { useEffect, useState } from 'preact/hooks';
import type { TimelineView } from '../../../../protocol/api.ts';
import { defaultLooks } from '../../../../protocol/status.ts';
import { ask } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { clockTime } from '../ui/words.ts';

type Entry = TimelineView['entries'][number];

export function Timeline({ person, since, now }: { person: string; since: string; now: number }) {
  const [entries, setEntries] = useState<Entry[]>([]);
  // Read anew with each change of the person's status.
  // `since` is what says that there is something new
  useEffect(() => {
    void ask<TimelineView>(`/api/people/${encodeURIComponent(person)}/timeline`).then((day) => {
      if (day.ok && day.value.enabled) setEntries(day.value.entries);
    });
  }, [person, since]);
  if (entries.length === 0) return null;
  const from = Date.parse(entries[0]!.since);
  const share = ({ since, until }: Entry) =>
    ((until ? Date.parse(until) : now) - Date.parse(since)) / (now - from);
  const line = (entry: Entry) =>
    `${clockTime(entry.since, now)} – ${entry.until ? clockTime(entry.until, now) : t.now}: ${t.statuses[entry.status]}`;
  return (
    <figure class="timeline">
      <figcaption>{t.board.today}</figcaption>
      <div class="bar" aria-hidden="true">
        {entries.map((entry) => (
          <span
            key={entry.since}
            title={line(entry)}
            style={{ flexGrow: Math.max(0.001, share(entry)), background: defaultLooks[entry.status].color }}
          />
        ))}
      </div>
      <ul>
        {entries.slice(-6).map((entry) => (
          <li key={entry.since}>{line(entry)}</li>
        ))}
      </ul>
    </figure>
  );
}
