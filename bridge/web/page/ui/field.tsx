/** One field of a form: its label, what is meant, what is wrong with it. */
import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { FieldFault, Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { refusalWords } from './words.ts';

/** What each control gets so that the words around it are read out with it. */
export interface ControlProps {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string;
}

export interface FieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  children: (control: ControlProps) => ComponentChildren;
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const control = {
    id,
    'aria-invalid': Boolean(error),
    'aria-describedby': `${id}-hint ${id}-error`,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(control)}
      <small id={`${id}-hint`}>{hint}</small>
      <p id={`${id}-error`} class="wrong">
        {error}
      </p>
    </div>
  );
}

export interface TextFieldProps extends Omit<FieldProps, 'children'> {
  value: string;
  onValue: (value: string) => void;
  more?: JSX.IntrinsicElements['input'];
}

export function TextField({ value, onValue, more, ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      {(control) => (
        <input {...control} value={value} {...more} onInput={(event) => onValue(event.currentTarget.value)} />
      )}
    </Field>
  );
}

export interface ChoiceFieldProps extends Omit<FieldProps, 'children'> {
  value: string;
  onValue: (value: string) => void;
  options: readonly (readonly [value: string, text: string])[];
  disabled?: boolean;
}

export function ChoiceField({ value, onValue, options, disabled = false, ...field }: ChoiceFieldProps) {
  return (
    <Field {...field}>
      {(control) => (
        <select
          {...control}
          value={value}
          disabled={disabled}
          onChange={(event) => onValue(event.currentTarget.value)}
        >
          {options.map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** The message for one path, or for what is below it. */
export function faultAt(fields: readonly FieldFault[], path: string): string | undefined {
  return fields.find((fault) => fault.path === path || fault.path.startsWith(`${path}/`))?.message;
}

/** What to say below a form: what stands beside no field of `shown`, else that something beside one of them does. */
export function wordsBelow(refusal: Refusal, shown: readonly string[]): string {
  const { fields } = refusal;
  const rest = fields.filter(({ path }) => !shown.some((one) => path === one || path.startsWith(`${one}/`)));
  if (rest.length > 0) return rest.map(({ message }) => message).join(' ');
  return fields.length > 0 ? t.settings.seeAbove : refusalWords(refusal);
}

/** Brings the first wrong field, or the first in `form`, above a phone's keyboard. */
export function focusFirstWrong(form: HTMLElement | null): void {
  requestAnimationFrame(() => {
    const wrong = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
    wrong?.focus();
    wrong?.scrollIntoView({ block: 'center' });
  });
}
