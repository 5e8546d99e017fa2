/** One door: the lamp over it, the light's name on it, its people below. */
import { useEffect, useRef } from 'preact/hooks';
import type { LightView, PersonView } from '../../../../protocol/payloads.ts';
import type { Feed } from '../data/feed.ts';
import { t } from '../texts/texts.ts';
import { clockTime, differ, lookWords } from '../ui/words.ts';
import { createDrive } from './drive.ts';
import { PersonLines } from './person.tsx';

export interface DoorProps {
  feed: Feed;
  light: LightView;
  people: PersonView[];
  lost: boolean;
  demo: boolean;
  /** Of all doors on the page. */
  doors: number;
  now: number;
}

export function Door({ feed, light, people, lost, demo, doors, now }: DoorProps) {
  const mark = lampMark(light, lost, now);
  return (
    <li class="door" id={`light-${light.id}`}>
      <div class="picture">
        <Lamp feed={feed} light={light} lost={lost} doors={doors} />
        <div class="plate">
          <h2>{light.name}</h2>
          <p class={mark.wanting ? 'mark wanting' : 'mark'}>{mark.text}</p>
        </div>
      </div>
      <div class="below">
        {people.map((person) => (
          <PersonLines key={person.id} person={person} lost={lost} demo={demo} now={now} />
        ))}
      </div>
    </li>
  );
}

function Lamp({ feed, light, lost, doors }: Pick<DoorProps, 'feed' | 'light' | 'lost' | 'doors'>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drive = useRef<ReturnType<typeof createDrive>>(null);
  useEffect(() => {
    const mine = createDrive(canvas.current!, doors);
    drive.current = mine;
    mine.update(light, lost);
    const remove = feed.subscribePixels(light.id, mine.setPixels);
    return () => {
      remove();
      mine.stop();
    };
  }, [feed, light.id, doors]);
  useEffect(() => drive.current?.update(light, lost), [light, lost]);
  return <canvas ref={canvas} role="img" aria-label={t.board.lamp(lampWords(light, lost))} />;
}

export function lampWords(light: LightView, lost: boolean): string {
  if (lost) return t.noConnection;
  if (!light.online) return t.board.offline;
  return light.state ? lookWords(light.state) : t.board.silent;
}

/** The words on the door of a lamp that is not simply as it should be. */
export function lampMark(light: LightView, lost: boolean, now: number): { text: string; wanting: boolean } {
  if (lost || !light.online || !light.state) return { text: lampWords(light, lost), wanting: false };
  if (light.state.override)
    return { text: t.setByHand(clockTime(light.state.override.until, now)), wanting: false };
  if (light.show && differ(light.show, light.state))
    return { text: t.board.wants(lookWords(light.show)), wanting: true };
  return { text: '', wanting: false };
}
