import { LightList } from '../board/light-list.tsx';
import type { Snapshot } from '../data/feed.ts';
import { t } from '../texts/texts.ts';

/** The end of the first run: the lights as they shine now, and where to go. */
export function Done({ view, now }: { view: Snapshot; now: number }) {
  return (
    <>
      <p>{t.setup.doneText}</p>
      <LightList view={view} now={now} />
      <div class="actions">
        <a class="button" href="/">
          {t.setup.toBoard}
        </a>
        <a href="/settings/quiet">{t.settings.parts.quiet}</a>
        <a href="/settings/looks">{t.settings.parts.looks}</a>
        <a href="/settings/links">{t.settings.parts.links}</a>
      </div>
    </>
  );
}
