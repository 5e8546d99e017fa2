/** The line on top of every room behind the log-in: where one is, and where one can go. */
import { ask } from '../data/api.ts';
import type { Feed, Snapshot } from '../data/feed.ts';
import { t } from '../texts/texts.ts';
import { clockTime } from './words.ts';

export interface HeaderProps {
  view: Snapshot;
  now: number;
  path: string;
}

export function Header({ view, now, path }: HeaderProps) {
  const places = [
    ['/', t.nav.board],
    ['/health', t.nav.health],
    ['/settings', t.nav.settings],
  ] as const;
  const here = `/${path.split('/')[1]}`;
  return (
    <header>
      <h1>
        {t.title} {view.info?.demo && <small>{t.demo.mark}</small>}
      </h1>
      <nav aria-label={t.nav.label}>
        {places.map(([href, text]) => (
          <a key={href} href={href} aria-current={here === href ? 'page' : undefined}>
            {text}
          </a>
        ))}
      </nav>
      <p role="status" class={view.connection === 'lost' ? 'connection lost' : 'connection'}>
        {connectionWords(view, now)}
      </p>
    </header>
  );
}

export function connectionWords(view: Snapshot, now: number): string {
  if (view.connection === 'opening') return t.opening;
  if (view.connection === 'lost') return t.lost(clockTime(view.lostAt, now));
  return '';
}

/** Nothing to sign out of in the demo. */
export function SignOut({ feed, view }: { feed: Feed; view: Snapshot }) {
  if (view.info?.demo !== false) return null;
  const out = async () => {
    await ask('/api/session', { method: 'DELETE' });
    feed.start();
  };
  return (
    <button type="button" class="quiet" onClick={() => void out()}>
      {t.signOut}
    </button>
  );
}
