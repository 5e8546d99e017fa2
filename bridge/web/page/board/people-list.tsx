/** Everybody in plain lines: status, since when, how fresh and from where; and what to set by hand. */
import type { PersonView } from '../../../../protocol/payloads.ts';
import type { Snapshot } from '../data/feed.ts';
import { t } from '../texts/texts.ts';
import { useOpen } from '../ui/open.ts';
import { freshLine, lastSeen, sinceLine, statusOf } from '../ui/words.ts';
import { SetPerson } from './set-person.tsx';
import { Timeline } from './timeline.tsx';

export interface ListProps {
  view: Snapshot;
  now: number;
  /** Whether this reader may change anything. */
  canSet?: boolean;
}

export function PeopleList({ view, now, canSet = false }: ListProps) {
  const people = [...view.people.values()].sort((a, b) => a.name.localeCompare(b.name));
  if (people.length === 0) return null;
  const lost = view.connection === 'lost';
  return (
    <section class="list" aria-labelledby="people">
      <h2 id="people">{t.board.people}</h2>
      <ul>
        {people.map((person) => (
          <PersonRow key={person.id} person={person} view={view} lost={lost} now={now} canSet={canSet} />
        ))}
      </ul>
    </section>
  );
}

interface RowProps extends ListProps {
  person: PersonView;
  lost: boolean;
}

function PersonRow({ person, view, lost, now, canSet }: RowProps) {
  const more = useOpen();
  return (
    <li class={person.fresh && !lost ? 'row' : 'row stale'}>
      <span class="who">{person.name}</span>
      <span class="what">{lost ? t.noConnection : t.statuses[statusOf(person)]}</span>
      <span class="detail">{lost ? lastSeen(person, now) : sinceLine(person, now)}</span>
      <span class="detail">{lost ? '' : freshLine(person, view.health, now)}</span>
      {canSet && (
        <details onToggle={more.onToggle}>
          <summary aria-label={t.board.moreOf(person.name)}>{t.board.more}</summary>
          {more.open && (
            <>
              <Timeline person={person.id} since={person.since} now={now} />
              <SetPerson person={person} disabled={lost} teams={view.info?.teams ?? false} />
            </>
          )}
        </details>
      )}
    </li>
  );
}
