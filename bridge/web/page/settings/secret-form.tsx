/** A form that does one thing with one secret, and says what became of it. */
import { useState } from 'preact/hooks';
import type { Refusal } from '../data/api.ts';
import { TextField } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';

export function SecretForm(props: {
  title: string;
  hint: string;
  label: string;
  action: string;
  autocomplete: string;
  /** What has been done, in words, or why it was not. */
  act: (secret: string) => Promise<string | Refusal>;
  children?: preact.ComponentChildren;
}) {
  const [secret, setSecret] = useState('');
  const [said, setSaid] = useState<string | Refusal>('');
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const answer = await props.act(secret);
    setSaid(answer);
    if (typeof answer === 'string') setSecret('');
  }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate aria-label={props.title}>
      <h3>{props.title}</h3>
      <p class="detail">{props.hint}</p>
      {props.children}
      <TextField
        label={props.label}
        error={typeof said === 'string' ? undefined : (said.fields[0]?.message ?? refusalWords(said))}
        value={secret}
        onValue={setSecret}
        more={{ type: 'password', autocomplete: props.autocomplete }}
      />
      <div class="actions">
        <button type="submit">{props.action}</button>
        <span role="status" class="detail">
          {typeof said === 'string' ? said : ''}
        </span>
      </div>
    </form>
  );
}
