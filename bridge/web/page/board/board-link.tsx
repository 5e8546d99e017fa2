/** /board/<token>: the board for a reception; it shows, and changes nothing. */
import { useEffect, useState } from 'preact/hooks';
import type { BoardView } from '../../../../protocol/api.ts';
import { every, systemClock } from '../../../../protocol/clock.ts';
import { ask } from '../data/api.ts';
import { createFeed } from '../data/feed.ts';
import { t } from '../texts/texts.ts';
import { connectionWords } from '../ui/header.tsx';
import { Announcer } from './board.tsx';
import { Corridor } from './corridor.tsx';
import { LightList } from './light-list.tsx';
import { PeopleList } from './people-list.tsx';

export default function BoardLink({ token }: { token: string }) {
  const [feed] = useState(() => createFeed({ clock: systemClock, url: '/api/board/events', token }));
  const [view, setView] = useState(feed.snapshot());
  const [now, setNow] = useState(systemClock.now());
  const [name, setName] = useState('');
  useEffect(() => {
    const remove = feed.subscribe(() => setView(feed.snapshot()));
    const stopTicking = every(systemClock, 5_000, () => setNow(systemClock.now()));
    feed.start();
    void ask<BoardView>('/api/board', { token }).then((board) => board.ok && setName(board.value.name));
    return () => {
      remove();
      stopTicking();
      feed.stop();
    };
  }, [feed, token]);

  if (view.connection === 'closed')
    return (
      <main class="sheet alone">
        <h1>{t.linkOver}</h1>
        <p>{t.linkOverHint}</p>
      </main>
    );
  return (
    <>
      <div class="top">
        <header>
          <h1>{name || t.title}</h1>
          <p role="status" class={view.connection === 'lost' ? 'connection lost' : 'connection'}>
            {connectionWords(view, now)}
          </p>
        </header>
      </div>
      <main class={view.connection === 'lost' ? 'lost' : ''}>
        <Corridor feed={feed} view={view} now={now} demo={false} />
        <div class="lists">
          <PeopleList view={view} now={now} />
          <LightList view={view} now={now} />
        </div>
      </main>
      <Announcer people={view.people} />
    </>
  );
}
