/** The control for one field of the configuration, by what kind of value it takes. */
import type { ConfigView } from '../../../../protocol/api.ts';
import { listOf } from '../data/config-store.ts';
import { t } from '../texts/texts.ts';
import { ChoiceField, Field, TextField } from '../ui/field.tsx';

export type FieldSpec =
  | { key: string; as: 'text' | 'secret' | 'whole' | 'level' | 'flag' | 'color' | 'shows' | 'night' }
  | { key: string; as: 'choice'; options: readonly string[] };

export interface ControlProps {
  field: FieldSpec;
  config: ConfigView;
  value: unknown;
  onValue: (value: unknown) => void;
  error: string | undefined;
}

export function Control({ field, config, value, onValue, error }: ControlProps) {
  const { key, as } = field;
  const words = { label: t.fields[key] ?? key, hint: t.hints[key], error };
  if (as === 'choice') {
    const options = field.options.map((one) => [one, t.options[one] ?? one] as const);
    return (
      <ChoiceField {...words} value={String(value ?? field.options[0])} onValue={onValue} options={options} />
    );
  }
  if (as === 'flag')
    return (
      <Flag label={words.label} hint={words.hint} error={error} value={value === true} onValue={onValue} />
    );
  if (as === 'level') return <Level {...words} value={Number(value ?? 1)} onValue={onValue} />;
  if (as === 'shows')
    return <Shows {...words} config={config} value={(value as string[]) ?? []} onValue={onValue} />;
  if (as === 'night') return <Night {...words} value={value as NightValue | undefined} onValue={onValue} />;
  if (as === 'color')
    return (
      <Field {...words}>
        {(control) => (
          <input
            {...control}
            type="color"
            value={String(value ?? '#000000')}
            onInput={(event) => onValue(event.currentTarget.value)}
          />
        )}
      </Field>
    );
  const number = as === 'whole';
  // What is no number goes to the bridge as it is: its sentence then stands beside the field.
  const read = (text: string) => (text === '' ? null : number && /^-?\d+$/.test(text) ? Number(text) : text);
  return (
    <TextField
      {...words}
      value={value === undefined || value === null ? '' : String(value)}
      onValue={(text) => onValue(read(text))}
      more={{
        ...(number ? { inputMode: 'numeric' } : {}),
        ...(as === 'secret' ? { type: 'password', autocomplete: 'off' } : { autocomplete: 'off' }),
        spellcheck: false,
      }}
    />
  );
}

interface ValueProps<V> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  value: V;
  onValue: (value: unknown) => void;
}

export function Flag({ label, hint, error, value, onValue }: ValueProps<boolean>) {
  return (
    <div>
      <label class="option">
        <input type="checkbox" checked={value} onChange={(event) => onValue(event.currentTarget.checked)} />
        <span>
          {label}
          <small>{hint}</small>
        </span>
      </label>
      <p class="wrong">{error}</p>
    </div>
  );
}

/** 0 to 1, in steps that one sees. */
export function Level({ value, onValue, ...words }: ValueProps<number>) {
  return (
    <Field {...words}>
      {(control) => (
        <span class="level">
          <input
            {...control}
            type="range"
            min="0"
            max="1"
            step="0.05"
            value={value}
            onInput={(event) => onValue(Number(event.currentTarget.value))}
          />
          <output for={control.id}>{Math.round(value * 100)} %</output>
        </span>
      )}
    </Field>
  );
}

/** Whom a light shows; the order is the order in which they were ticked. */
export function Shows({
  label,
  hint,
  error,
  value,
  onValue,
  config,
}: ValueProps<string[]> & { config: ConfigView }) {
  const known = [...listOf(config, 'people'), ...listOf(config, 'groups')];
  // Object ids of people who are no entry stand in the file only; they stay.
  const others = value.filter((id) => !known.some((one) => one.id === id)).map((id) => ({ id, name: id }));
  const toggle = (id: string) =>
    onValue(value.includes(id) ? value.filter((one) => one !== id) : [...value, id]);
  return (
    <fieldset class="field">
      <legend class="label">{label}</legend>
      <div class="chips">
        {[...known, ...others].map(({ id, name }) => (
          <label key={id} class="chip">
            <input type="checkbox" checked={value.includes(id)} onChange={() => toggle(id)} />
            {name ?? id}
          </label>
        ))}
      </div>
      <small>{known.length === 0 ? t.settings.nobodyYet : hint}</small>
      <p class="wrong">{error}</p>
    </fieldset>
  );
}

interface NightValue {
  from: string;
  to: string;
  brightness: number;
}

const usualNight: NightValue = { from: '18:00', to: '08:00', brightness: 0.3 };

function Night({ label, hint, error, value, onValue }: ValueProps<NightValue | undefined>) {
  const set = (part: Partial<NightValue>) => onValue({ ...usualNight, ...value, ...part });
  return (
    <div class="field">
      <Flag
        label={label}
        hint={hint}
        value={Boolean(value)}
        onValue={(on) => onValue(on ? usualNight : null)}
      />
      {value && (
        <div class="night">
          <TextField
            label={t.fields['from']!}
            value={value.from}
            onValue={(from) => set({ from })}
            more={{ type: 'time' }}
          />
          <TextField
            label={t.fields['to']!}
            value={value.to}
            onValue={(to) => set({ to })}
            more={{ type: 'time' }}
          />
          <Level
            label={t.fields['brightness']!}
            value={value.brightness}
            onValue={(brightness) => set({ brightness: Number(brightness) })}
          />
        </div>
      )}
      <p class="wrong">{error}</p>
    </div>
  );
}
