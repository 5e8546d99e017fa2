/** This page itself: its language on this device, the password, the support bundle. */
import { useState } from 'preact/hooks';
import { ask, type Refusal } from '../data/api.ts';
import { saveBundle } from '../data/bundle.ts';
import { chooseLanguage, language, languages, t } from '../texts/texts.ts';
import { ChoiceField, faultAt, TextField } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';
import { EditForm } from './edit-form.tsx';
import type { PartProps } from './settings.tsx';

export function DeviceSettings({ config, onSaved, view }: PartProps) {
  const [refusal, setRefusal] = useState<Refusal>();
  const names = new Intl.DisplayNames([language], { type: 'language' });
  return (
    <>
      <ChoiceField
        label={t.settings.language}
        hint={t.settings.languageHint}
        value={language}
        onValue={(tag) => {
          chooseLanguage(tag);
          location.reload();
        }}
        options={languages.map((tag) => [tag, names.of(tag) ?? tag])}
      />
      {!view.info?.demo && <Password />}
      <h3>{t.settings.timeline}</h3>
      <EditForm config={config} onSaved={onSaved} path="web" fields={[{ key: 'timeline', as: 'flag' }]} />
      <h3>{t.health.bundle}</h3>
      <p class="detail">{t.health.bundleHint}</p>
      <div class="actions">
        <button type="button" onClick={() => void saveBundle().then(setRefusal)}>
          {t.health.saveBundle}
        </button>
      </div>
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
    </>
  );
}

function Password() {
  const [password, setPassword] = useState('');
  const [refusal, setRefusal] = useState<Refusal>();
  const [done, setDone] = useState(false);
  async function change(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const answer = await ask('/api/session/password', { method: 'PUT', body: { password } });
    setRefusal(answer.ok ? undefined : answer);
    setDone(answer.ok);
    if (answer.ok) setPassword('');
  }
  return (
    <form onSubmit={(event) => void change(event)} noValidate>
      <h3>{t.settings.password}</h3>
      <TextField
        label={t.entrance.newPassword}
        hint={t.settings.passwordHint}
        error={refusal && (faultAt(refusal.fields, 'password') ?? refusalWords(refusal))}
        value={password}
        onValue={setPassword}
        more={{ type: 'password', autocomplete: 'new-password' }}
      />
      <div class="actions">
        <button type="submit">{t.settings.changePassword}</button>
        <span role="status" class="detail">
          {done ? t.settings.saved : ''}
        </span>
      </div>
    </form>
  );
}
