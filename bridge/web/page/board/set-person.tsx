/** A person's status by hand, always with an end. */
import { useState } from 'preact/hooks';
import type { PersonView } from '../../../../protocol/payloads.ts';
import { type Status, statuses } from '../../../../protocol/status.ts';
import { ask, type Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { ChoiceField, faultAt } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';

export interface SetPersonProps {
  person: PersonView;
  disabled: boolean;
  /** Whether there is a choice to set it in Teams, too. */
  teams?: boolean;
  /** Where to; a personal link has its own address and token. */
  to?: { path: string; token: string };
}

/** Nobody sets "unknown" by hand: that is what a light says when nothing is known. */
const choices = statuses.filter((status) => status !== 'unknown');
export const lengths = ['PT15M', 'PT25M', 'PT1H', 'PT2H', 'PT8H'] as const;

export function SetPerson({ person, disabled, teams = false, to }: SetPersonProps) {
  const [status, setStatus] = useState<Status>('dnd');
  const [length, setLength] = useState<string>('PT25M');
  const [inTeams, setInTeams] = useState(true);
  const [refusal, setRefusal] = useState<Refusal>();
  const path = to?.path ?? `/api/people/${encodeURIComponent(person.id)}/set`;

  async function set(body: object): Promise<void> {
    const answer = await ask(path, { body, token: to?.token });
    setRefusal(answer.ok ? undefined : answer);
  }

  return (
    <fieldset disabled={disabled} class="by-hand">
      <legend>{t.byHand.title}</legend>
      <ChoiceField
        label={t.byHand.status}
        value={status}
        onValue={(value) => setStatus(value as Status)}
        options={choices.map((one) => [one, t.statuses[one]])}
        error={refusal && faultAt(refusal.fields, 'status')}
      />
      <ChoiceField
        label={t.byHand.length}
        value={length}
        onValue={setLength}
        options={lengths.map((one) => [one, t.byHand.lengths[one]])}
        error={refusal && faultAt(refusal.fields, 'for')}
      />
      {teams && (
        <label class="option">
          <input
            type="checkbox"
            checked={inTeams}
            onChange={(event) => setInTeams(event.currentTarget.checked)}
          />
          <span>{t.byHand.teams}</span>
        </label>
      )}
      <div class="actions">
        <button
          type="button"
          onClick={() => void set({ status, for: length, ...(inTeams ? {} : { teams: false }) })}
        >
          {t.byHand.set}
        </button>
        {person.override && (
          <button type="button" onClick={() => void set({ clear: true })}>
            {t.byHand.end}
          </button>
        )}
      </div>
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
    </fieldset>
  );
}
