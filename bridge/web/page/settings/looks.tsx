/** What each status looks like, with the lamp beside it as it will shine. */
import { useEffect, useState } from 'preact/hooks';
import type { ShowOn } from '../../../../protocol/show.ts';
import {
  defaultLooks,
  type Effect,
  effects,
  type Look,
  type Status,
  statuses,
} from '../../../../protocol/status.ts';
import { rgbOf } from '../board/color.ts';
import { ask, type Refusal } from '../data/api.ts';
import { type Change, saveChanges, valueAt } from '../data/config-store.ts';
import { t } from '../texts/texts.ts';
import { ChoiceField, Field, faultAt, wordsBelow } from '../ui/field.tsx';
import { Ring } from '../ui/ring.tsx';
import { Flag, Level } from './control.tsx';
import { Conflict } from './edit-form.tsx';
import type { PartProps } from './settings.tsx';

type Looks = Record<Status, Look>;

export function LookSettings({ config, onSaved, view }: PartProps) {
  const [base, setBase] = useState(config);
  const [inForce, setInForce] = useState<Looks>(defaultLooks as Looks);
  const [typed, setTyped] = useState<Partial<Looks>>({});
  const [refusal, setRefusal] = useState<Refusal>();
  const [conflict, setConflict] = useState<{ theirs: typeof config; mine: Change[] }>();
  const dirty = Object.keys(typed).length > 0;
  useEffect(() => {
    if (!dirty) setBase(config);
  }, [config, dirty]);
  // The looks in force change with the file's version
  useEffect(() => {
    void ask<Looks>('/api/looks').then((answer) => answer.ok && setInForce(answer.value));
  }, [config.etag]);

  const changes = Object.entries(typed).map(([status, look]) => ({ path: `looks/${status}`, value: look }));
  async function save(on: typeof config, what: Change[]): Promise<void> {
    const answer = await saveChanges(on, what);
    setRefusal(!answer.ok && 'refusal' in answer ? answer.refusal : undefined);
    setConflict(!answer.ok && 'conflict' in answer ? { theirs: answer.conflict, mine: what } : undefined);
    if (!answer.ok) return;
    // What was not sent is still to be saved.
    const sent = what.map(({ path }) => path);
    setTyped((all) =>
      Object.fromEntries(Object.entries(all).filter(([status]) => !sent.includes(`looks/${status}`))),
    );
    setBase(answer.config);
    onSaved(answer.config);
  }
  const change = (status: Status, part: Partial<Look>) =>
    setTyped({ ...typed, [status]: { ...(typed[status] ?? inForce[status]), ...part } });

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save(base, changes);
      }}
    >
      <fieldset disabled={!config.editable} class="form">
        <Flag
          label={t.fields['colorBlind']!}
          hint={t.hints['colorBlind']}
          value={valueAt(config.value, 'colorBlind') === true}
          onValue={(on) => void save(base, [{ path: 'colorBlind', value: on }])}
        />
        <ul class="list">
          {statuses.map((status) => (
            <LookRow
              key={status}
              status={status}
              look={typed[status] ?? inForce[status]}
              changed={status in typed}
              error={refusal && faultAt(refusal.fields, `looks/${status}`)}
              onChange={(part) => change(status, part)}
              lights={[...view.lights.values()].filter(({ online }) => online)}
            />
          ))}
        </ul>
        {refusal && (
          <p class="wrong" role="alert">
            {wordsBelow(refusal, ['looks'])}
          </p>
        )}
        {conflict && (
          <Conflict
            theirs={conflict.theirs}
            changes={conflict.mine}
            onMine={() => void save(conflict.theirs, conflict.mine)}
            onTheirs={() => {
              setTyped({});
              setConflict(undefined);
              onSaved(conflict.theirs);
            }}
          />
        )}
        <div class={dirty ? 'actions sticky' : 'actions'}>
          <button type="submit" class="main" disabled={!dirty}>
            {t.settings.save}
          </button>
          {dirty && (
            <button type="button" onClick={() => setTyped({})}>
              {t.settings.undo}
            </button>
          )}
        </div>
      </fieldset>
    </form>
  );
}

interface LookRowProps {
  status: Status;
  look: Look;
  changed: boolean;
  error: string | undefined;
  onChange: (part: Partial<Look>) => void;
  lights: { id: string; name: string }[];
}

function LookRow({ status, look, changed, error, onChange, lights }: LookRowProps) {
  const show: ShowOn = {
    state: 'ON',
    color_mode: 'rgb',
    color: rgbOf(look.color),
    brightness: Math.round(look.brightness * 255),
    effect: look.effect,
  };
  const tryOn = (light: string) =>
    void ask(`/api/lights/${light}/set`, {
      body: look.effect === 'off' ? { state: 'OFF', for: 'PT10S' } : { ...show, for: 'PT10S' },
    });
  return (
    <li class="entry">
      <details>
        <summary class="look-head">
          <Ring show={look.effect === 'off' ? { state: 'OFF' } : show} />
          <span>{t.statuses[status]}</span>
          <span class="detail">{changed ? t.settings.notSaved : t.effects[look.effect]}</span>
        </summary>
        <div class="form">
          <Field label={t.fields['color']!}>
            {(control) => (
              <input
                {...control}
                type="color"
                value={look.color}
                onInput={(event) => onChange({ color: event.currentTarget.value })}
              />
            )}
          </Field>
          <ChoiceField
            label={t.fields['effect']!}
            value={look.effect}
            onValue={(effect) => onChange({ effect: effect as Effect })}
            options={effects.filter((one) => one !== 'identify').map((one) => [one, t.effects[one]])}
          />
          <Level
            label={t.fields['brightness']!}
            value={look.brightness}
            onValue={(level) => onChange({ brightness: Number(level) })}
          />
          <p class="wrong">{error}</p>
          {lights.length > 0 && (
            <div class="actions">
              <span class="detail">{t.settings.tryOn}</span>
              {lights.slice(0, 6).map(({ id, name }) => (
                <button key={id} type="button" onClick={() => tryOn(id)}>
                  {name}
                </button>
              ))}
            </div>
          )}
        </div>
      </details>
    </li>
  );
}
