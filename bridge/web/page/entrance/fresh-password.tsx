/** Asks for the password once more, where the bridge wants it before something weighty. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, guard } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { TextField } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';

export function FreshPassword() {
  const dialog = useRef<HTMLDialogElement>(null);
  const answered = useRef<(given: boolean) => void>(() => {});
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');

  useEffect(() => {
    guard.askPassword = () => {
      dialog.current?.showModal();
      return new Promise((resolve) => {
        answered.current = resolve;
      });
    };
    return () => {
      delete guard.askPassword;
    };
  }, []);

  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const answer = await ask('/api/session/fresh', { body: { password } });
    if (!answer.ok) return setError(refusalWords(answer));
    answered.current(true);
    dialog.current?.close();
  }

  function closed(): void {
    setPassword('');
    setError('');
    answered.current(false);
  }

  return (
    <dialog ref={dialog} onClose={closed} aria-labelledby="fresh">
      <form onSubmit={(event) => void send(event)}>
        <h2 id="fresh">{t.entrance.fresh}</h2>
        <TextField
          label={t.entrance.password}
          error={error}
          value={password}
          onValue={setPassword}
          more={{ type: 'password', autocomplete: 'current-password', required: true }}
        />
        <div class="actions">
          <button type="submit" class="main">
            {t.goOn}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {t.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
