import { ask, type Refusal } from './api.ts';

/** Downloads the redacted support bundle; what went wrong, or nothing. Asks for the password where needed. */
export async function saveBundle(): Promise<Refusal | undefined> {
  const answer = await ask<unknown>('/api/support-bundle');
  if (!answer.ok) return answer;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(
    new Blob([JSON.stringify(answer.value, null, 2)], { type: 'application/json' }),
  );
  link.download = 'doorlight-support.json';
  link.click();
  URL.revokeObjectURL(link.href);
  return undefined;
}
