/** Doorlight's page: which address opens which room. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { every, systemClock } from '../../../protocol/clock.ts';
import { Board } from './board/board.tsx';
import BoardLink from './board/board-link.tsx';
import { createFeed, type Feed, type Snapshot } from './data/feed.ts';
import { Entrance } from './entrance/entrance.tsx';
import { FreshPassword } from './entrance/fresh-password.tsx';
import LampPage from './lamp/lamp-page.tsx';
import Pairing from './lamp/pairing.tsx';
import Me from './me/me.tsx';
import { loadTexts } from './texts/texts.ts';
import { Room } from './ui/room.tsx';
import { followLinks, go, usePath } from './ui/router.ts';
import './style/page.css';
import './board/board.css';
import './lamp/lamp.css';
import './me/me.css';
import './health/health.css';
import './settings/settings.css';
import './setup/setup.css';

/** What every room behind the log-in gets. */
export interface InsideProps {
  feed: Feed;
  view: Snapshot;
  /** Wall clock in ms; moves on by itself. */
  now: number;
  path: string;
}

const inside = ['settings', 'health', 'setup'] as const;
/** Rooms with a key of their own: a paired lamp, a person's link, a board's link. */
const outside = { lamp: LampPage, pair: Pairing, me: Me, board: BoardLink };

function Inside({ feed, path }: { feed: Feed; path: string }) {
  const [view, setView] = useState(feed.snapshot());
  const [now, setNow] = useState(systemClock.now());
  useEffect(() => {
    const read = () => {
      setView(feed.snapshot());
      setNow(systemClock.now());
    };
    read();
    return feed.subscribe(read);
  }, [feed]);
  // "3 min" has to move without any event.
  useEffect(() => every(systemClock, 5_000, () => setNow(systemClock.now())), []);

  const room = inside.find((name) => name === path.split('/')[1]);
  if (view.connection === 'closed')
    return (
      <Entrance
        claimed={view.info?.claimed !== false}
        onIn={() => {
          if (view.info?.setUp) go('/setup');
          feed.start();
        }}
      />
    );
  const props = { feed, view, now, path };
  return (
    <>
      {room ? <Room key={room} name={room} {...props} /> : <Board {...props} />}
      <FreshPassword />
    </>
  );
}

const feed = createFeed({ clock: systemClock });
const isOutside = (path: string) => Object.hasOwn(outside, path.split('/')[1]!);

function Page() {
  const path = usePath();
  const [, room = '', key = ''] = path.split('/');
  if (isOutside(path)) {
    const Open = outside[room as keyof typeof outside];
    return <Open token={decodeURIComponent(key)} />;
  }
  return <Inside feed={feed} path={path} />;
}

followLinks();
// Asked while the texts are still on their way.
if (!isOutside(location.pathname)) feed.start();
void loadTexts().then(() => render(<Page />, document.body));
