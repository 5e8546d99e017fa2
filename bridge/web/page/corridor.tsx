/** The corridor: a door for each light, the people who have none, and one quiet line at the foot. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PersonView } from '../../../protocol/payloads.ts';
import { Door } from './door.tsx';
import type { Feed, Snapshot } from './feed.ts';
import { PersonLines } from './person.tsx';
import { clockTime, signInWords, sourceWords, statusWords, words } from './words.ts';

export interface CorridorProps {
  feed: Feed;
  view: Snapshot;
  now: number;
}

export function Corridor({ feed, view, now }: CorridorProps) {
  const lost = view.connection === 'lost';
  const demo = view.info?.demo ?? false;
  const lights = [...view.lights.values()];
  const shown = new Set(lights.flatMap((light) => light.shows));
  const others = [...view.people.values()].filter(({ id }) => !shown.has(id));
  // A person over two doors is told at both, but steered at the first only.
  const steered = new Set<string>();
  return (
    <>
      <header>
        <h1>{words.title}</h1>
        <p role="status">{connectionWords(view, now)}</p>
      </header>
      <main class={lost ? 'lost' : ''}>
        <ol class="corridor">
          {lights.map((light) => {
            const people = light.shows.flatMap((id) => view.people.get(id) ?? []);
            const first = people.filter(({ id }) => !steered.has(id));
            for (const { id } of first) steered.add(id);
            const props = { feed, light, people, lost, now, doors: lights.length };
            return <Door key={light.id} {...props} demo={demo && first.length > 0} />;
          })}
        </ol>
        {view.connection === 'live' && lights.length === 0 && <p class="empty">{words.noLights}</p>}
        {others.length > 0 && (
          <section class="others" aria-label={words.noDoor}>
            {others.map((person) => (
              <PersonLines key={person.id} person={person} lost={lost} demo={demo} now={now} />
            ))}
          </section>
        )}
      </main>
      <Foot view={view} />
      <Announcer people={view.people} />
    </>
  );
}

function connectionWords(view: Snapshot, now: number): string {
  if (view.connection === 'opening') return words.opening;
  if (view.connection === 'lost') return words.lost(clockTime(view.lostAt, now));
  return view.info?.demo ? words.demo : '';
}

function Foot({ view: { health, info, lights, connection } }: { view: Snapshot }) {
  const online = [...lights.values()].filter((light) => light.online).length;
  const parts = health ? [sourceWords[health.source], signInWords[health.signIn]] : [];
  if (connection === 'live') parts.push(words.lights(online, lights.size));
  return (
    <footer>
      {connection === 'live' && parts.map((part) => <span key={part}>{part}</span>)}
      {info && <span>{info.version}</span>}
    </footer>
  );
}

/** Says changes, and only changes, to those who hear the page. */
function Announcer({ people }: { people: ReadonlyMap<string, PersonView> }) {
  const before = useRef(people);
  const [text, setText] = useState('');
  useEffect(() => {
    const changed = [...people.values()].filter((person) => {
      const old = before.current.get(person.id);
      return old && old.status !== person.status;
    });
    before.current = people;
    if (changed.length > 0)
      setText(changed.map(({ name, status }) => `${name}: ${statusWords[status]}`).join('. '));
  }, [people]);
  return (
    <p class="heard" role="status" aria-live="polite">
      {text}
    </p>
  );
}
