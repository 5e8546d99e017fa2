/**
 * The form for one part of the configuration, made from a list of its fields. It keeps what is typed whatever else
 * happens: a refusal stands beside its field, and a change by somebody else is shown, not overwritten.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ConfigView } from '../../../../protocol/api.ts';
import type { FieldFault, Refusal } from '../data/api.ts';
import { alike, type Change, removal, saveChanges, valueAt } from '../data/config-store.ts';
import { t } from '../texts/texts.ts';
import { faultAt, focusFirstWrong, wordsBelow } from '../ui/field.tsx';
import { SureButton } from '../ui/sure-button.tsx';
import { Control, type FieldSpec } from './control.tsx';

export interface EditFormProps {
  config: ConfigView;
  onSaved: (config: ConfigView) => void;
  /** What is edited, as in `lights/door-204`. */
  path: string;
  fields: readonly FieldSpec[];
  /** The entry may be removed: what is asked before. */
  sureToRemove?: string;
  children?: ComponentChildren;
}

export function EditForm({ config, onSaved, path, fields, sureToRemove, children }: EditFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [base, setBase] = useState(config);
  const [typed, setTyped] = useState<Record<string, unknown>>({});
  const [refusal, setRefusal] = useState<Refusal>();
  const [conflict, setConflict] = useState<{ theirs: ConfigView; mine: readonly Change[] }>();
  const [saved, setSaved] = useState(false);
  const dirty = Object.keys(typed).length > 0;

  // While nothing is typed, the form shows what is true now.
  useEffect(() => {
    if (!dirty) setBase(config);
  }, [config, dirty]);

  const at = (key: string) => `${path}/${key}`;
  const now = (key: string) => (key in typed ? typed[key] : valueAt(base.value, at(key)));
  const type = (key: string, value: unknown) => {
    setSaved(false);
    setTyped(({ [key]: _, ...rest }) =>
      alike(value, valueAt(base.value, at(key))) ? rest : { ...rest, [key]: value },
    );
  };

  async function save(on: ConfigView, changes: readonly Change[]): Promise<void> {
    const answer = await saveChanges(on, changes);
    setRefusal(!answer.ok && 'refusal' in answer ? answer.refusal : undefined);
    setConflict(!answer.ok && 'conflict' in answer ? { theirs: answer.conflict, mine: changes } : undefined);
    if (!answer.ok) return focusFirstWrong(form.current);
    setTyped({});
    setSaved(true);
    setBase(answer.config);
    onSaved(answer.config);
  }
  const changes = () =>
    Object.entries(typed).map(([key, value]) => ({ path: at(key), value: value ?? null }));

  const faults: readonly FieldFault[] = refusal?.fields ?? [];
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save(base, changes());
      }}
    >
      <fieldset disabled={!config.editable} class="form">
        {fields.map((field) => (
          <Control
            key={field.key}
            field={field}
            config={config}
            value={now(field.key)}
            onValue={(value) => type(field.key, value)}
            error={faultAt(faults, at(field.key))}
          />
        ))}
        {children}
        {refusal && (
          <p class="wrong" role="alert">
            {wordsBelow(
              refusal,
              fields.map(({ key }) => at(key)),
            )}
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
              setBase(conflict.theirs);
              onSaved(conflict.theirs);
            }}
          />
        )}
        <div class="actions">
          <button type="submit" class="main" disabled={!dirty}>
            {t.settings.save}
          </button>
          {dirty && (
            <button type="button" onClick={() => setTyped({})}>
              {t.settings.undo}
            </button>
          )}
          {sureToRemove && (
            <SureButton
              text={t.settings.remove}
              question={sureToRemove}
              onSure={() => void save(config, removal(config, path))}
            />
          )}
          <span role="status" class="detail">
            {saved && !dirty ? t.settings.saved : ''}
          </span>
        </div>
      </fieldset>
    </form>
  );
}

interface ConflictProps {
  theirs: ConfigView;
  changes: readonly Change[];
  onMine: () => void;
  onTheirs: () => void;
}

/** Two people edited the same: both are shown, and one is chosen. */
export function Conflict({ theirs, changes, onMine, onTheirs }: ConflictProps) {
  const words = (value: unknown) =>
    value === undefined || value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
  return (
    <div class="conflict" role="alert">
      <p>{t.settings.conflict}</p>
      <dl>
        {changes.map(({ path, value }) => (
          <div key={path}>
            <dt>{t.fields[path.split('/').at(-1)!] ?? path}</dt>
            <dd>{t.settings.theirs(words(valueAt(theirs.value, path)))}</dd>
            <dd>{t.settings.mine(words(value))}</dd>
          </div>
        ))}
      </dl>
      <div class="actions">
        <button type="button" onClick={onMine}>
          {t.settings.useMine}
        </button>
        <button type="button" onClick={onTheirs}>
          {t.settings.useTheirs}
        </button>
      </div>
    </div>
  );
}
