/** Finds people in the directory and adds them; who the directory does not show can be added by address. */
import { useEffect, useState } from 'preact/hooks';
import type { ConfigView, FoundPerson } from '../../../../protocol/api.ts';
import { systemClock } from '../../../../protocol/clock.ts';
import { ask, type Refusal } from '../data/api.ts';
import { idFor, listOf, saveChanges } from '../data/config-store.ts';
import { t } from '../texts/texts.ts';
import { faultAt, TextField } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';

/** A pause in typing, in ms, after which the directory is asked. */
const pauseMs = 300;

export interface PeopleSearchProps {
  config: ConfigView;
  onSaved: (config: ConfigView) => void;
}

export function PeopleSearch({ config, onSaved }: PeopleSearchProps) {
  const [search, setSearch] = useState('');
  const [found, setFound] = useState<FoundPerson[]>();
  const [refusal, setRefusal] = useState<Refusal>();
  const people = listOf<{ id: string; name?: string; user: string }>(config, 'people');

  useEffect(() => {
    if (search.trim().length < 2) return setFound(undefined);
    let current = true;
    const cancel = systemClock.after(pauseMs, () => {
      void ask<FoundPerson[]>(`/api/directory?search=${encodeURIComponent(search.trim())}`).then((answer) => {
        if (!current) return;
        setFound(answer.ok ? answer.value : undefined);
        setRefusal(answer.ok ? undefined : answer);
      });
    });
    return () => {
      current = false;
      cancel();
    };
  }, [search]);

  async function add(user: string, name: string): Promise<void> {
    const id = idFor(
      name,
      [...people, ...listOf(config, 'groups')].map((person) => person.id),
    );
    const answer = await saveChanges(config, [{ path: `people/${id}`, value: { id, user, name } }]);
    if (answer.ok) {
      setRefusal(undefined);
      return onSaved(answer.config);
    }
    if ('refusal' in answer) setRefusal(answer.refusal);
    else onSaved(answer.conflict);
  }

  const known = (person: FoundPerson) =>
    person.known !== null || people.some(({ user }) => user === person.user || user === person.objectId);
  const address = /^\S+@\S+$/.test(search.trim()) ? search.trim() : '';
  return (
    <div class="form">
      {people.length > 0 && (
        <p role="status" class="detail">
          {t.people.chosen(people.map(({ name, id }) => name ?? id).join(', '))}
        </p>
      )}
      <TextField
        label={t.people.search}
        hint={t.people.searchHint}
        value={search}
        onValue={setSearch}
        error={refusal && (faultAt(refusal.fields, 'people') ?? refusalWords(refusal))}
        more={{ type: 'search', autocomplete: 'off', spellcheck: false }}
      />
      <ul class="list" aria-label={t.people.found}>
        {(found ?? []).map((person) => (
          <li key={person.objectId} class="row">
            <span class="who">{person.name}</span>
            {known(person) ? (
              <span class="what">{t.people.added}</span>
            ) : (
              <button type="button" onClick={() => void add(person.user, person.name)}>
                {t.people.add(person.name)}
              </button>
            )}
            <span class="detail">{[person.job, person.user].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
      </ul>
      {found?.length === 0 && <p role="status">{t.people.nobody(search)}</p>}
      {address && !found?.some(({ user }) => user.toLowerCase() === address.toLowerCase()) && (
        <button type="button" onClick={() => void add(address, address.split('@')[0]!)}>
          {t.people.addAddress(address)}
        </button>
      )}
    </div>
  );
}
