/** The machine under Doorlight: its version and support, updates, a backup, and the way back to the first day. */
import { useEffect, useState } from 'preact/hooks';
import type { ApplianceView } from '../../../../protocol/api.ts';
import { type Asking, ask, type Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { Troubles } from '../ui/troubles.tsx';
import { clockTime, refusalWords } from '../ui/words.ts';
import { Flag } from './control.tsx';
import { MoveSettings } from './move.tsx';
import type { PartProps } from './settings.tsx';
import { WifiSettings } from './wifi.tsx';

const dayMs = 86_400_000;
const putOffDays = 14;

export function MachineSettings({ view, now }: PartProps) {
  const [machine, setMachine] = useState<ApplianceView>();
  const [refusal, setRefusal] = useState<Refusal>();
  async function act(path: string, asking?: Asking): Promise<void> {
    const answer = await ask<ApplianceView>(path, asking);
    if (answer.ok) setMachine(answer.value);
    setRefusal(answer.ok ? undefined : answer);
  }
  const wish = (body: object) => void act('/api/appliance/updates', { method: 'PUT', body });
  useEffect(() => void act('/api/appliance'), []);
  return (
    <>
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
      {machine && (
        <>
          <Troubles troubles={machine.troubles} />
          <p>{t.machine.version(machine.version)}</p>
          {machine.supportUntil && <p>{t.machine.support(machine.supportUntil)}</p>}
          <Changes title={t.machine.changes} changes={machine.changes} />
          <h3>{t.machine.updates}</h3>
          <Updates machine={machine} wish={wish} now={now} />
          {machine.wifi && <WifiSettings />}
        </>
      )}
      {view.info?.demo === false && <MoveSettings />}
    </>
  );
}

function Updates(props: { machine: ApplianceView; wish: (body: object) => void; now: number }) {
  const { machine, wish, now } = props;
  const { possible, automatic, putOffUntil, available, last } = machine.updates;
  if (!possible) return <p class="detail">{t.machine.byHand}</p>;
  const later = new Date(now + putOffDays * dayMs).toISOString().slice(0, 10);
  return (
    <>
      <Flag
        label={t.machine.automatic}
        hint={t.machine.automaticHint}
        value={automatic}
        onValue={(value) => wish({ automatic: value })}
      />
      {last && (
        <p class="detail">{t.machine.outcomes[last.outcome](last.version, clockTime(last.at, now))}</p>
      )}
      {last?.outcome !== 'installed' && last?.why && <p class="notice">{last.why}</p>}
      {available && <Changes title={t.machine.available(available.version)} changes={available.changes} />}
      {putOffUntil && <p>{t.machine.putOffUntil(putOffUntil.slice(0, 10))}</p>}
      <div class="actions">
        {available && (
          <button type="button" onClick={() => wish({ install: available.version, putOffUntil: null })}>
            {t.machine.install(available.version)}
          </button>
        )}
        <button type="button" class="quiet" onClick={() => wish({ putOffUntil: putOffUntil ? null : later })}>
          {putOffUntil ? t.machine.noLonger : t.machine.putOff(putOffDays)}
        </button>
      </div>
    </>
  );
}

function Changes({ title, changes }: { title: string; changes: string[] }) {
  if (changes.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {changes.map((change) => (
          <li key={change}>{change}</li>
        ))}
      </ul>
    </>
  );
}
