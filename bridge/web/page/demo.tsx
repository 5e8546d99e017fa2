/** The demo's cause for the lamp's effect: change a person's presence in the stand-in for Teams. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { systemClock } from '../../../protocol/clock.ts';
import type { PersonView } from '../../../protocol/payloads.ts';
import type { Status } from '../../../protocol/status.ts';
import { ask } from './api.ts';
import { demoPresences, statusWords, words } from './words.ts';

/** A change normally comes back within a second; after so long, in ms, it is worth a word. */
const patienceMs = 6000;

export function DemoControls({ person, disabled }: { person: PersonView; disabled: boolean }) {
  const [word, setWord] = useState('');
  const cancel = useRef(() => {});
  const inCall = person.status === 'call';

  // Whatever is reported next is the answer to what was sent; without a connection nothing is on its way.
  useEffect(() => {
    setWord('');
    return () => cancel.current();
  }, [person.status, person.since, disabled]);

  async function set(status: Status): Promise<void> {
    const { availability, activity, outOfOffice } = demoPresences.find((one) => one.status === status)!;
    setWord(words.waiting);
    cancel.current();
    cancel.current = systemClock.after(patienceMs, () => setWord(words.notSeen));
    const path = `/api/demo/people/${encodeURIComponent(person.id)}/presence`;
    const answer = await ask(path, { availability, activity, outOfOffice });
    if (answer.ok) return;
    cancel.current();
    setWord(answer.error);
  }

  const known = demoPresences.some(({ status }) => status === person.status);
  return (
    <div class="demo">
      <button type="button" disabled={disabled} onClick={() => void set(inCall ? 'available' : 'call')}>
        {inCall ? words.endCall(person) : words.makeCall(person)}
      </button>
      <select
        aria-label={words.otherPresence(person)}
        disabled={disabled}
        value={known ? person.status : ''}
        onChange={(event) => void set(event.currentTarget.value as Status)}
      >
        {!known && <option value="">{statusWords[person.status]}</option>}
        {demoPresences.map(({ status }) => (
          <option key={status} value={status}>
            {statusWords[status]}
          </option>
        ))}
      </select>
      <p class="feedback" role="status">
        {word}
      </p>
    </div>
  );
}
