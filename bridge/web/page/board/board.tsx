/** The board: the corridor, the plain lists below it, and one quiet line at the foot. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PersonView } from '../../../../protocol/payloads.ts';
import type { Snapshot } from '../data/feed.ts';
import type { InsideProps } from '../page.tsx';
import { t } from '../texts/texts.ts';
import { Header, SignOut } from '../ui/header.tsx';
import { Corridor } from './corridor.tsx';
import { LightList } from './light-list.tsx';
import { PeopleList } from './people-list.tsx';

export function Board({ feed, view, now, path }: InsideProps) {
  const lost = view.connection === 'lost';
  return (
    <>
      <div class="top">
        <Header view={view} now={now} path={path} />
      </div>
      <main class={lost ? 'lost' : ''}>
        <Trouble view={view} />
        <Corridor feed={feed} view={view} now={now} demo={view.info?.demo ?? false} />
        {view.connection === 'live' && view.lights.size === 0 && <Empty view={view} />}
        <div class="lists">
          <PeopleList view={view} now={now} canSet />
          <LightList view={view} now={now} canSet />
        </div>
      </main>
      <footer>
        <Foot view={view} />
        <SignOut feed={feed} view={view} />
      </footer>
      <Announcer people={view.people} />
    </>
  );
}

/** What a person has to do before any light can be right, on top of everything. */
function Trouble({ view }: { view: Snapshot }) {
  if (view.connection !== 'live' || view.info?.demo) return null;
  if (view.info?.setUp)
    return (
      <p class="notice">
        {t.board.setUp} <a href="/setup">{t.board.goOnSetUp}</a>
      </p>
    );
  if (!view.health || view.health.signIn === 'ok') return null;
  return (
    <p class="notice">
      {t.signIns[view.health.signIn]}. <a href="/setup/sign-in">{t.board.signInNow}</a>
    </p>
  );
}

function Empty({ view }: { view: Snapshot }) {
  if (view.info?.setUp) return null;
  return (
    <p class="empty">
      {t.board.noLights} <a href="/setup/light">{t.board.addFirst}</a>
    </p>
  );
}

export function Foot({ view: { health, info, lights, connection } }: { view: Snapshot }) {
  if (connection !== 'live') return <span>{info?.version}</span>;
  const online = [...lights.values()].filter((light) => light.online).length;
  const parts = [t.board.lights(online, lights.size)];
  if (health && !info?.setUp) parts.unshift(t.sources[health.source], t.signIns[health.signIn]);
  if (info) parts.push(info.version);
  return parts.map((part) => <span key={part}>{part}</span>);
}

/** Says changes, and only changes, to those who hear the page. */
export function Announcer({ people }: { people: ReadonlyMap<string, PersonView> }) {
  const before = useRef(people);
  const [text, setText] = useState('');
  useEffect(() => {
    const changed = [...people.values()].filter((person) => {
      const old = before.current.get(person.id);
      return old && old.status !== person.status;
    });
    before.current = people;
    if (changed.length > 0)
      setText(changed.map(({ name, status }) => `${name}: ${t.statuses[status]}`).join('. '));
  }, [people]);
  return (
    <p class="heard" role="status" aria-live="polite">
      {text}
    </p>
  );
}
