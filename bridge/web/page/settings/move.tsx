/** A backup to a file, a backup back from one, and everything erased. */
import { useState } from 'preact/hooks';
import { ask } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { Field } from '../ui/field.tsx';
import { SecretForm } from './secret-form.tsx';

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
