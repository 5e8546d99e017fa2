/** Puts our firmware and a lamp's settings on a board that is plugged into the machine, and says how far that is. */
import { useEffect, useState } from 'preact/hooks';
import { every, systemClock } from '../../../../protocol/clock.ts';
import type { FlashJob } from '../../../../protocol/updates.ts';
import { ask, type Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { CopyText } from '../ui/copy-text.tsx';
import { ChoiceField, faultAt, TextField } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';

const portsEveryMs = 5_000;
const jobEveryMs = 1_000;

interface Port {
  path: string;
  name: string;
  light: string | null;
}

export function FlashLamp({ id, port: found }: { id: string; port: string | undefined }) {
  const [ports, setPorts] = useState<Port[]>([]);
  const [chosen, setChosen] = useState(found ?? '');
  const [ssid, setSsid] = useState('');
  const [password, setPassword] = useState('');
  const [job, setJob] = useState<FlashJob>();
  const [refusal, setRefusal] = useState<Refusal>();
  const running = job !== undefined && job.state !== 'done' && job.state !== 'failed';
  const free = ports.filter(({ light }) => light === null);
  const port = free.some(({ path }) => path === chosen) ? chosen : free[0]?.path;

  useEffect(() => {
    const read = () => void ask<Port[]>('/api/ports').then((answer) => answer.ok && setPorts(answer.value));
    read();
    return every(systemClock, portsEveryMs, read);
  }, []);
  useEffect(() => {
    if (!running) return;
    return every(
      systemClock,
      jobEveryMs,
      () => void ask<FlashJob>(`/api/flashes/${job.id}`).then((answer) => answer.ok && setJob(answer.value)),
    );
  }, [running, job?.id]);

  async function flash(): Promise<void> {
    const wifi = ssid ? { wifi: { ssid, ...(password ? { password } : {}) } } : {};
    const answer = await ask<FlashJob>(`/api/lights/${id}/flash`, { body: { port, ...wifi } });
    setRefusal(answer.ok ? undefined : answer);
    if (answer.ok) setJob(answer.value);
  }

  const wrong = (key: string) => refusal && faultAt(refusal.fields, key);
  return (
    <fieldset class="form" disabled={running}>
      <legend class="label">{t.flash.title}</legend>
      {free.length === 0 ? (
        <p>{t.flash.noBoard}</p>
      ) : (
        <ChoiceField
          label={t.flash.board}
          value={port ?? ''}
          onValue={setChosen}
          options={free.map(({ path, name }) => [path, name])}
          error={wrong('port')}
        />
      )}
      <TextField
        label={t.flash.network}
        hint={t.flash.networkHint}
        value={ssid}
        onValue={setSsid}
        error={wrong('wifi/ssid')}
        more={{ autocomplete: 'off', autocapitalize: 'none', spellcheck: false }}
      />
      <TextField
        label={t.flash.password}
        value={password}
        onValue={setPassword}
        error={wrong('wifi/password')}
        more={{ type: 'password', autocomplete: 'off' }}
      />
      <div class="actions">
        <button type="button" disabled={!port} onClick={() => void flash()}>
          {t.flash.start}
        </button>
      </div>
      {job && (
        <div role="status">
          <p>
            {t.flash.states[job.state]}
            {job.state === 'upload' && job.total > 0 ? ` ${Math.round((100 * job.done) / job.total)} %` : ''}
          </p>
          {job.setup && (
            <>
              <p class="detail">{t.flash.setUpHint}</p>
              <CopyText label={t.flash.network} text={job.setup.ssid} />
              <CopyText label={t.flash.password} text={job.setup.password} />
            </>
          )}
        </div>
      )}
      <p class="wrong" role="alert">
        {job?.error?.message ?? (refusal && refusalWords(refusal))}
      </p>
    </fieldset>
  );
}
