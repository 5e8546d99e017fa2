/** The way in: the password, or on a new bridge the code from its log and a first password. */
import { useRef, useState } from 'preact/hooks';
import { ask, type Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { faultAt, focusFirstWrong, TextField } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';

export interface EntranceProps {
  claimed: boolean;
  onIn: () => void;
}

export function Entrance({ claimed, onIn }: EntranceProps) {
  const form = useRef<HTMLFormElement>(null);
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [refusal, setRefusal] = useState<Refusal>();
  const [busy, setBusy] = useState(false);

  async function enter(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    const answer = await ask(claimed ? '/api/session' : '/api/claim', {
      body: claimed ? { password } : { code, password },
    });
    setBusy(false);
    if (answer.ok) return onIn();
    setRefusal(answer);
    focusFirstWrong(form.current);
  }

  const said = refusal && refusalWords(refusal);
  const aboutPassword = refusal && faultAt(refusal.fields, 'password');
  // A refusal that names no field is about the first one: that is what was wrong (401), or has to wait (429).
  const aboutCode = refusal && !aboutPassword ? (faultAt(refusal.fields, 'code') ?? said) : undefined;
  return (
    <main class="entrance">
      <form ref={form} onSubmit={(event) => void enter(event)} noValidate>
        <h1>{t.title}</h1>
        {!claimed && (
          <TextField
            label={t.entrance.code}
            hint={t.entrance.codeHint}
            error={aboutCode}
            value={code}
            onValue={setCode}
            more={{
              autocomplete: 'one-time-code',
              spellcheck: false,
              autocapitalize: 'characters',
              class: 'code',
            }}
          />
        )}
        <TextField
          label={claimed ? t.entrance.password : t.entrance.newPassword}
          hint={claimed ? undefined : t.entrance.newPasswordHint}
          error={aboutPassword ?? (claimed ? said : undefined)}
          value={password}
          onValue={setPassword}
          more={{ type: 'password', autocomplete: claimed ? 'current-password' : 'new-password' }}
        />
        <button type="submit" class="main" disabled={busy}>
          {claimed ? t.entrance.signIn : t.entrance.claim}
        </button>
        <p role="alert" class="heard">
          {said}
        </p>
      </form>
    </main>
  );
}
