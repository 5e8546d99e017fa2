/** One door: the lamp over it, the light's name on it, its people below. */
import { useEffect, useRef } from 'preact/hooks';
import type { LightView, PersonView } from '../../../protocol/payloads.ts';
import type { Show } from '../../../protocol/show.ts';
import { createDrive } from './drive.ts';
import type { Feed } from './feed.ts';
import { PersonLines } from './person.tsx';
import { clockTime, kindLine, lookWords, words } from './words.ts';

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
        <p class="kind">{kindLine(light)}</p>
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
  return <canvas ref={canvas} role="img" aria-label={words.lamp(lampWords(light, lost))} />;
}

function lampWords(light: LightView, lost: boolean): string {
  if (lost) return words.noConnection;
  if (!light.online) return words.offline;
  return light.state ? lookWords(light.state) : words.silent;
}

/** The words on the door of a lamp that is not simply as it should be. */
function lampMark(light: LightView, lost: boolean, now: number): { text: string; wanting: boolean } {
  if (lost || !light.online || !light.state) return { text: lampWords(light, lost), wanting: false };
  if (light.state.override)
    return { text: words.setByHand(clockTime(light.state.override.until, now)), wanting: false };
  if (light.show && differ(light.show, light.state)) return { text: words.wants(light.show), wanting: true };
  return { text: '', wanting: false };
}

function differ(wanted: Show, shown: Show): boolean {
  if (wanted.state === 'OFF' || shown.state === 'OFF') return wanted.state !== shown.state;
  const { r, g, b } = wanted.color;
  const same = r === shown.color.r && g === shown.color.g && b === shown.color.b;
  return !same || wanted.effect !== shown.effect;
}
