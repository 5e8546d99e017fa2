/** One person in words: the name, the status, since when; in the demo also the means to change it. */
import type { PersonView } from '../../../../protocol/payloads.ts';
import { t } from '../texts/texts.ts';
import { lastSeen, sinceLine, statusOf } from '../ui/words.ts';
import { DemoControls } from './demo.tsx';

export interface PersonProps {
  person: PersonView;
  lost: boolean;
  demo: boolean;
  now: number;
}

export function PersonLines({ person, lost, demo, now }: PersonProps) {
  return (
    <section class={person.fresh && !lost ? 'person' : 'person stale'} aria-label={person.name}>
      <p class="name">{person.name}</p>
      <p class="status">{lost ? t.noConnection : t.statuses[statusOf(person)]}</p>
      <p class="since">{lost ? lastSeen(person, now) : sinceLine(person, now)}</p>
      {demo && <DemoControls person={person} disabled={lost} />}
    </section>
  );
}
