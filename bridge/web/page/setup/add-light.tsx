/** Adds a light: what was found, or any kind; then what that kind needs until it shines. */
import { useEffect, useState } from 'preact/hooks';
import type { ConfigView } from '../../../../protocol/api.ts';
import { every, systemClock } from '../../../../protocol/clock.ts';
import type { FoundLight, FoundView } from '../../../../protocol/found.ts';
import { ask, type Refusal } from '../data/api.ts';
import { idFor, listOf, readConfig, saveChanges } from '../data/config-store.ts';
import type { Snapshot } from '../data/feed.ts';
import { Shows } from '../settings/control.tsx';
import { t } from '../texts/texts.ts';
import { faultAt, TextField } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';
import { type LightOption, optionsFrom } from './light-options.ts';
import { type Minted, NextForLight } from './next-for-light.tsx';

export interface AddLightProps {
  config: ConfigView;
  onSaved: (config: ConfigView) => void;
  view?: Snapshot;
  onDone?: () => void;
}

const rereadMs = 5_000;

export function AddLight({ config, onSaved, view, onDone }: AddLightProps) {
  const [found, setFound] = useState<FoundLight[]>([]);
  const [chosen, setChosen] = useState('');
  const [name, setName] = useState('');
  const [place, setPlace] = useState('');
  const [shows, setShows] = useState<string[]>();
  const [refusal, setRefusal] = useState<Refusal>();
  const [made, setMade] = useState<{ id: string; option: LightOption; minted: Minted | undefined }>();
  useEffect(() => {
    const read = () =>
      void ask<FoundView>('/api/found').then((answer) => answer.ok && setFound(answer.value.lights));
    read();
    return every(systemClock, rereadMs, read);
  }, []);

  const options = optionsFrom(found);
  const option = options.find(({ key }) => key === chosen);
  const people = listOf(config, 'people');
  // One light, one person: nothing to choose.
  const whom = shows ?? (people.length === 1 ? [people[0]!.id] : []);

  async function add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!option) return;
    const id = idFor(
      name || option.text,
      listOf(config, 'lights').map((light) => light.id),
    );
    if (option.ref)
      return await adopt({ ref: option.ref, id, shows: whom, ...(name ? { name } : {}) }, option);
    const value = {
      id,
      kind: option.kind,
      ...(name ? { name } : {}),
      shows: whom,
      ...(option.asks ? { [option.asks]: place.trim() } : {}),
    };
    const answer = await saveChanges(config, [{ path: `lights/${id}`, value }]);
    if (!answer.ok) {
      if ('refusal' in answer) setRefusal(answer.refusal);
      else onSaved(answer.conflict);
      return;
    }
    setRefusal(undefined);
    setMade({ id, option, minted: answer.config.minted?.find(({ light }) => light === id) });
    onSaved(answer.config);
  }

  /** The bridge writes it into the configuration, and tells the device what it needs. */
  async function adopt(
    body: { ref: string; id: string; name?: string; shows: string[] },
    option: LightOption,
  ) {
    const answer = await ask('/api/found/adopt', { body });
    if (!answer.ok) return setRefusal(answer);
    setRefusal(undefined);
    setMade({ id: body.id, option, minted: undefined });
    const now = await readConfig();
    if (now.ok) onSaved(now.value);
  }

  async function identify(ref: string) {
    const answer = await ask('/api/found/identify', { body: { ref } });
    setRefusal(answer.ok ? undefined : answer);
  }

  if (made)
    return (
      <>
        <NextForLight {...made} view={view} />
        <div class="actions">
          <button
            type="button"
            onClick={() => {
              setMade(undefined);
              setChosen('');
              setName('');
              setPlace('');
              onDone?.();
            }}
          >
            {onDone ? t.light.ready : t.light.another}
          </button>
        </div>
      </>
    );
  const at = (key: string) => refusal?.fields.find(({ path }) => path.endsWith(`/${key}`))?.message;
  return (
    <form noValidate onSubmit={(event) => void add(event)}>
      <fieldset class="field">
        <legend class="label">{t.light.which}</legend>
        {options.map(({ key, text, detail }) => (
          <label key={key} class="option">
            <input type="radio" name="light" checked={key === chosen} onChange={() => setChosen(key)} />
            <span>
              {text}
              <small>{detail}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {option && (
        <>
          <TextField
            label={t.light.name}
            hint={t.light.nameHint}
            value={name}
            onValue={setName}
            error={at('name') ?? at('id')}
          />
          {option.asks && (
            <TextField
              label={t.fields[option.asks]!}
              hint={t.hints[option.asks]}
              value={place}
              onValue={setPlace}
              error={at(option.asks)}
              more={{ spellcheck: false, autocomplete: 'off', autocapitalize: 'none' }}
            />
          )}
          <Shows
            label={t.fields['shows']!}
            hint={undefined}
            config={config}
            value={whom}
            error={at('shows')}
            onValue={(value) => setShows(value as string[])}
          />
          {refusal && !faultAt(refusal.fields, 'lights') && (
            <p class="wrong" role="alert">
              {refusalWords(refusal)}
            </p>
          )}
          <div class="actions">
            {option.ref && option.blinks && (
              <button type="button" onClick={() => void identify(option.ref!)}>
                {t.board.identify}
              </button>
            )}
            <button type="submit" class="main">
              {t.light.add}
            </button>
          </div>
        </>
      )}
    </form>
  );
}
