/** A backup to a file, a backup back from one, and everything erased. */
import { useState } from 'preact/hooks';
import { ask, type Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { Field, TextField } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';

export function MoveSettings() {
  const [file, setFile] = useState<File>();
  return (
    <>
      <SecretForm
        title={t.machine.backup}
        hint={t.machine.backupHint}
        label={t.machine.passphrase}
        action={t.machine.saveBackup}
        autocomplete="new-password"
        act={async (passphrase) => {
          const answer = await ask<{ backup: string }>('/api/appliance/backup', { body: { passphrase } });
          if (answer.ok) save(answer.value.backup);
          return answer.ok ? t.machine.saved : answer;
        }}
      />
      <SecretForm
        title={t.machine.restore}
        hint={t.machine.restoreHint}
        label={t.machine.passphrase}
        action={t.machine.restoreNow}
        autocomplete="off"
        act={async (passphrase) => {
          if (!file) return { ok: false, status: 400, error: t.machine.noFile, fields: [] };
          const backup = base64(new Uint8Array(await file.arrayBuffer()));
          const answer = await ask('/api/appliance/restore', { body: { backup, passphrase } });
          return answer.ok ? t.machine.restoring : answer;
        }}
      >
        <Field label={t.machine.file}>
          {(control) => (
            <input
              {...control}
              type="file"
              onChange={({ currentTarget }) => setFile(currentTarget.files?.[0])}
            />
          )}
        </Field>
      </SecretForm>
      <SecretForm
        title={t.machine.reset}
        hint={t.machine.resetHint}
        label={t.entrance.password}
        action={t.machine.eraseNow}
        autocomplete="current-password"
        act={async (password) => {
          const answer = await ask('/api/appliance/reset', { body: { password } });
          return answer.ok ? t.machine.erasing : answer;
        }}
      />
    </>
  );
}

function SecretForm(props: {
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

function save(backup: string): void {
  const bytes = Uint8Array.from(atob(backup), (one) => one.charCodeAt(0));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  link.download = 'backup.doorlight';
  link.click();
  URL.revokeObjectURL(link.href);
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
