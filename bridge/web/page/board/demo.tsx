/** The demo's cause for the lamp's effect: change a person's presence in the stand-in for Teams. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { systemClock } from '../../../../protocol/clock.ts';
import type { PersonView } from '../../../../protocol/payloads.ts';
import type { Status } from '../../../../protocol/status.ts';
import { ask } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { firstName, refusalWords } from '../ui/words.ts';

/** A change normally comes back within a second; after so long, in ms, it is worth a word. */
const patienceMs = 6000;

/** What a demo can set, in Graph's words: availability, activity (Microsoft Graph, resource type `presence`). */
const presences: Partial<Record<Status, readonly [availability: string, activity: string]>> = {
  available: ['Available', 'Available'],
  busy: ['Busy', 'Busy'],
  call: ['Busy', 'InACall'],
  meeting: ['Busy', 'InAMeeting'],
  presenting: ['DoNotDisturb', 'Presenting'],
  dnd: ['DoNotDisturb', 'DoNotDisturb'],
  away: ['Away', 'Away'],
  brb: ['BeRightBack', 'BeRightBack'],
  offline: ['Offline', 'OffWork'],
  ooo: ['Available', 'OutOfOffice'],
};
const settable = Object.keys(presences) as Status[];

export function DemoControls({ person, disabled }: { person: PersonView; disabled: boolean }) {
  const [word, setWord] = useState('');
  const cancel = useRef(() => {});
  const inCall = person.status === 'call';
  const name = firstName(person);

  // Whatever is reported next is the answer to what was sent; without a connection nothing is on its way.
  useEffect(() => {
    setWord('');
    return () => cancel.current();
  }, [person.status, person.since, disabled]);

  async function set(status: Status): Promise<void> {
    const [availability, activity] = presences[status]!;
    setWord(t.demo.waiting);
    cancel.current();
    cancel.current = systemClock.after(patienceMs, () => setWord(t.demo.notSeen));
    const path = `/api/demo/people/${encodeURIComponent(person.id)}/presence`;
    const body = { availability, activity, outOfOffice: status === 'ooo' };
    const answer = await ask(path, { body });
    if (answer.ok) return;
    cancel.current();
    setWord(refusalWords(answer));
  }

  const known = settable.includes(person.status);
  return (
    <div class="demo">
      <button type="button" disabled={disabled} onClick={() => void set(inCall ? 'available' : 'call')}>
        {inCall ? t.demo.endCall(name) : t.demo.makeCall(name)}
      </button>
      <select
        aria-label={t.demo.otherPresence(name)}
        disabled={disabled}
        value={known ? person.status : ''}
        onChange={(event) => void set(event.currentTarget.value as Status)}
      >
        {!known && <option value="">{t.statuses[person.status]}</option>}
        {settable.map((status) => (
          <option key={status} value={status}>
            {t.statuses[status]}
          </option>
        ))}
      </select>
      <p class="feedback" role="status">
        {word}
      </p>
    </div>
  );
}
