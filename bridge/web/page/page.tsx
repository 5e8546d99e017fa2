/** Doorlight's page: the corridor, or the way into it. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { every, systemClock } from '../../../protocol/clock.ts';
import { Corridor } from './corridor.tsx';
import { Entrance } from './entrance.tsx';
import { createFeed } from './feed.ts';

const feed = createFeed({ clock: systemClock });

function Page() {
  const [view, setView] = useState(feed.snapshot());
  const [now, setNow] = useState(systemClock.now());
  useEffect(
    () =>
      feed.subscribe(() => {
        setView(feed.snapshot());
        setNow(systemClock.now());
      }),
    [],
  );
  // "3 min" has to move without any event.
  useEffect(() => every(systemClock, 10_000, () => setNow(systemClock.now())), []);
  if (view.connection === 'closed')
    return <Entrance claimed={view.info?.claimed !== false} onIn={() => void feed.start()} />;
  return <Corridor feed={feed} view={view} now={now} />;
}

render(<Page />, document.body);
void feed.start();
