/** The Wi-Fi of the machine: mostly given on its own set-up network, when the one that it knew cannot be joined. */
import { useState } from 'preact/hooks';
import { ask } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { TextField } from '../ui/field.tsx';
import { SecretForm } from './secret-form.tsx';

export function WifiSettings() {
  const [name, setName] = useState('');
  const [country, setCountry] = useState('');
  return (
    <SecretForm
      title={t.machine.wifi}
      hint={t.machine.wifiHint}
      label={t.flash.password}
      action={t.machine.join}
      autocomplete="off"
      act={async (password) => {
        const body = { name, password, ...(country ? { country: country.toUpperCase() } : {}) };
        const answer = await ask('/api/appliance/wifi', { method: 'PUT', body });
        return answer.ok ? t.machine.joining : answer;
      }}
    >
      <TextField label={t.flash.network} value={name} onValue={setName} more={{ autocomplete: 'off' }} />
      <TextField
        label={t.machine.country}
        hint={t.machine.countryHint}
        value={country}
        onValue={setCountry}
        more={{ autocomplete: 'country', maxLength: 2, size: 2 }}
      />
    </SecretForm>
  );
}
