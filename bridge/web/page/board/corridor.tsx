/** The corridor: a door for each light, and the people who have none. */
import type { Feed, Snapshot } from '../data/feed.ts';
import { t } from '../texts/texts.ts';
import { Door } from './door.tsx';
import { PersonLines } from './person.tsx';

export interface CorridorProps {
  feed: Feed;
  view: Snapshot;
  now: number;
  /** With the means to change a presence. */
  demo: boolean;
}

export function Corridor({ feed, view, now, demo }: CorridorProps) {
  const lost = view.connection === 'lost';
  const lights = [...view.lights.values()];
  const shown = new Set(lights.flatMap((light) => light.shows));
  const others = [...view.people.values()].filter(({ id }) => !shown.has(id));
  // A person over two doors is told at both, but steered at the first only.
  const steered = new Set<string>();
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a row that scrolls sideways must be in reach of the arrow keys */}
      <ol class="corridor" tabIndex={0} aria-label={t.board.corridor}>
        {lights.map((light) => {
          const people = light.shows.flatMap((id) => view.people.get(id) ?? []);
          const first = people.filter(({ id }) => !steered.has(id));
          for (const { id } of first) steered.add(id);
          const props = { feed, light, people, lost, now, doors: lights.length };
          return <Door key={light.id} {...props} demo={demo && first.length > 0} />;
        })}
      </ol>
      {others.length > 0 && demo && (
        <section class="others" aria-label={t.board.noDoor}>
          {others.map((person) => (
            <PersonLines key={person.id} person={person} lost={lost} demo={demo} now={now} />
          ))}
        </section>
      )}
    </>
  );
}
