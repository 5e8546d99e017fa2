/** The way in: the password, or on a new bridge the code from its log and a first password. */
import { useState } from 'preact/hooks';
import { ask } from './api.ts';
import { words } from './words.ts';

export function Entrance({ claimed, onIn }: { claimed: boolean; onIn(): void }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);

  async function enter(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement));
    setBusy(true);
    const answer = await ask(claimed ? '/api/session' : '/api/claim', typed);
    setBusy(false);
    if (answer.ok) onIn();
    else setError(answer.error);
  }

  return (
    <main class="entrance">
      <form onSubmit={(event) => void enter(event)}>
        <h1>{words.title}</h1>
        {!claimed && (
          <label>
            {words.code}
            <input
              name="code"
              required
              autocomplete="one-time-code"
              aria-describedby="hint"
              spellcheck={false}
            />
            <small id="hint">{words.claimHint}</small>
          </label>
        )}
        <label>
          {claimed ? words.password : words.newPassword}
          <input
            name="password"
            type="password"
            required
            autocomplete={claimed ? 'current-password' : 'new-password'}
            aria-invalid={error !== ''}
            aria-describedby="error"
          />
        </label>
        <p id="error" role="alert">
          {error}
        </p>
        <button type="submit" disabled={busy}>
          {claimed ? words.signIn : words.claim}
        </button>
      </form>
    </main>
  );
}
