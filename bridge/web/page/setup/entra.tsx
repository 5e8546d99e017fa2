/** Cloud and app registration: what to click in Entra, and then which app it is; checked with Microsoft before it is kept. */
import { useRef, useState } from 'preact/hooks';
import type { ConfigView } from '../../../../protocol/api.ts';
import { ask, type Refusal } from '../data/api.ts';
import { saveChanges, valueAt } from '../data/config-store.ts';
import { t } from '../texts/texts.ts';
import { CopyText } from '../ui/copy-text.tsx';
import { ChoiceField, faultAt, focusFirstWrong, TextField, wordsBelow } from '../ui/field.tsx';

export interface Registration {
  permissions: { name: string; type: 'delegated' | 'application'; why: string; adminConsent: boolean }[];
  redirectUris: string[];
  portalUrl: string;
  consentUrl: string | null;
}

export interface EntraProps {
  config: ConfigView;
  registration: Registration;
  onSaved: (config: ConfigView) => void;
}

/** Entra's own sign-in pages, by cloud: Microsoft Learn, "National cloud deployments". */
const authorities: Readonly<Record<string, string>> = {
  global: 'https://login.microsoftonline.com',
  usgov: 'https://login.microsoftonline.us',
  dod: 'https://login.microsoftonline.us',
};
const keys = [
  'tenant',
  'clientId',
  'cloud',
  'signIn',
  'graphUrl',
  'authorityUrl',
  'caFile',
  'clientSecret',
] as const;
type Key = (typeof keys)[number];
const own = ['graphUrl', 'authorityUrl', 'caFile'] as const;

export function Entra({ config, registration, onSaved }: EntraProps) {
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState<Partial<Record<Key, string>>>({});
  const [refusal, setRefusal] = useState<Refusal>();
  const [busy, setBusy] = useState(false);
  const value = (key: Key) =>
    typed[key] ?? (valueAt(config.value, `microsoft/${key}`) as string | undefined) ?? '';
  const filled = Object.fromEntries(keys.filter((key) => value(key)).map((key) => [key, value(key).trim()]));
  const wrong = (key: Key) =>
    refusal && (faultAt(refusal.fields, key) ?? faultAt(refusal.fields, `microsoft/${key}`));
  const text = (key: Key, more = {}) => (
    <TextField
      key={key}
      label={t.fields[key]!}
      hint={t.hints[key]}
      error={wrong(key)}
      value={value(key)}
      onValue={(typedValue) => setTyped({ ...typed, [key]: typedValue })}
      more={{ spellcheck: false, autocomplete: 'off', autocapitalize: 'none', ...more }}
    />
  );

  async function save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    // Microsoft is asked about the tenant and the app only; Graph is asked once somebody has signed in.
    const { clientSecret: _, graphUrl: __, ...asked } = filled;
    const checked = await ask('/api/setup/microsoft/check', { body: asked });
    const answer = checked.ok ? await saveChanges(config, [{ path: 'microsoft', value: filled }]) : undefined;
    setBusy(false);
    if (answer?.ok) return onSaved(answer.config);
    const newer = answer && 'conflict' in answer ? answer.conflict : undefined;
    if (newer) onSaved(newer);
    setRefusal(!checked.ok ? checked : answer && 'refusal' in answer ? answer.refusal : undefined);
    focusFirstWrong(form.current);
  }

  const signIn = value('signIn') || 'device-code';
  const consentUrl =
    consentFor(value('tenant'), value('clientId'), value('cloud')) ?? registration.consentUrl;
  const type = signIn === 'app' ? 'application' : 'delegated';
  return (
    <form ref={form} noValidate onSubmit={(event) => void save(event)}>
      <ChoiceField
        label={t.fields['signIn']!}
        hint={t.hints['signIn']}
        value={signIn}
        error={wrong('signIn')}
        onValue={(way) => setTyped({ ...typed, signIn: way })}
        options={['device-code', 'browser', 'app'].map((one) => [one, t.options[one]!])}
      />
      <ol class="clicks">
        <li>
          <a href={registration.portalUrl} target="_blank" rel="noreferrer">
            {t.entra.open}
          </a>
        </li>
        <li>{t.entra.register}</li>
        {signIn === 'device-code' && <li>{t.entra.publicClient}</li>}
        {signIn === 'browser' && (
          <li>
            {t.entra.redirect}
            {registration.redirectUris.map((uri) => (
              <CopyText key={uri} label={t.entra.redirectUri} text={uri} />
            ))}
          </li>
        )}
        <li>
          {type === 'delegated' ? t.entra.delegated : t.entra.application}
          <ul>
            {registration.permissions
              .filter((permission) => permission.type === type)
              .map(({ name, why }) => (
                <li key={name}>
                  <code>{name}</code> – {t.entra.why[name] ?? why}
                </li>
              ))}
          </ul>
        </li>
        <li>{t.entra.ids}</li>
      </ol>
      {text('tenant', { placeholder: 'contoso.onmicrosoft.com' })}
      {text('clientId', { placeholder: '00000000-0000-0000-0000-000000000000' })}
      <ChoiceField
        label={t.fields['cloud']!}
        hint={t.hints['cloud']}
        value={value('cloud') || 'global'}
        error={wrong('cloud')}
        onValue={(cloud) => setTyped({ ...typed, cloud })}
        options={Object.keys(authorities).map((one) => [one, t.options[one]!])}
      />
      {signIn !== 'device-code' && text('clientSecret', { type: 'password' })}
      {consentUrl && (
        <p>
          <a href={consentUrl} target="_blank" rel="noreferrer">
            {t.entra.consent}
          </a>
          <small>{t.entra.consentHint}</small>
        </p>
      )}
      <details open={own.some((key) => value(key) !== '' || wrong(key))}>
        <summary>{t.entra.ownAddresses}</summary>
        <div class="form">{own.map((key) => text(key))}</div>
      </details>
      {refusal && (
        <p class="wrong" role="alert">
          {wordsBelow(refusal, [...keys, ...keys.map((key) => `microsoft/${key}`)])}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="main" disabled={busy || !config.editable}>
          {busy ? t.entra.checking : t.entra.check}
        </button>
      </div>
    </form>
  );
}

/** Where an admin agrees for everybody: Microsoft Learn, "Grant tenant-wide admin consent". */
function consentFor(tenant: string, clientId: string, cloud: string): string | null {
  if (!tenant || !/^[0-9a-f-]{36}$/i.test(clientId)) return null;
  const at = authorities[cloud] ?? authorities['global'];
  return `${at}/${encodeURIComponent(tenant)}/adminconsent?client_id=${clientId}`;
}
