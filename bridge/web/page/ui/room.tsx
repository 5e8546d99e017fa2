/** A room of the page whose code comes when the first such room is opened. */
import { useEffect, useState } from 'preact/hooks';
import type { inside } from '../inside.ts';
import type { InsideProps } from '../page.tsx';
import { t } from '../texts/texts.ts';

type Rooms = typeof inside;

export function Room({ name, ...props }: InsideProps & { name: keyof Rooms }) {
  const [rooms, setRooms] = useState<Rooms | 'failed'>();
  useEffect(() => {
    import('../inside.ts').then(
      (loaded) => setRooms(loaded.inside),
      () => setRooms('failed'),
    );
  }, []);
  // The bridge was updated meanwhile, or is gone: the code of before is not there any more.
  if (rooms === 'failed')
    return (
      <main class="sheet alone">
        <p role="alert">{t.roomFailed}</p>
        <button type="button" onClick={() => location.reload()}>
          {t.loadAgain}
        </button>
      </main>
    );
  if (!rooms) return <main class="sheet" aria-busy="true" />;
  const Open = rooms[name];
  return <Open {...props} />;
}
