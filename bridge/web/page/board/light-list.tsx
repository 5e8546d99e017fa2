/** Every light in plain lines: what it shines and what it should, its signal, firmware and uptime. */
import { useState } from 'preact/hooks';
import type { LightView } from '../../../../protocol/payloads.ts';
import { ask, type Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { useOpen } from '../ui/open.ts';
import { Ring } from '../ui/ring.tsx';
import { duration, kindLine, refusalWords } from '../ui/words.ts';
import { lampMark, lampWords } from './door.tsx';
import type { ListProps } from './people-list.tsx';
import { SetLight } from './set-light.tsx';

export function LightList({ view, now, canSet = false }: ListProps) {
  const lights = [...view.lights.values()].sort((a, b) => a.name.localeCompare(b.name));
  if (lights.length === 0) return null;
  const lost = view.connection === 'lost';
  return (
    <section class="list" aria-labelledby="lights">
      <h2 id="lights">{t.board.lightsTitle}</h2>
      <ul>
        {lights.map((light) => (
          <LightRow key={light.id} light={light} lost={lost} now={now} canSet={canSet} />
        ))}
      </ul>
    </section>
  );
}

function LightRow({
  light,
  lost,
  now,
  canSet,
}: {
  light: LightView;
  lost: boolean;
  now: number;
  canSet: boolean;
}) {
  const more = useOpen();
  const dark = lost || !light.online;
  const mark = lampMark(light, lost, now);
  return (
    <li class={dark ? 'row with-ring stale' : 'row with-ring'}>
      <Ring show={dark ? null : light.state} label={lampWords(light, lost)} />
      <span class="who">{light.name}</span>
      <span class="what">{lampWords(light, lost)}</span>
      {mark.text !== lampWords(light, lost) && (
        <span class={mark.wanting ? 'detail wanting' : 'detail'}>{mark.text}</span>
      )}
      <span class="detail">{facts(light).join(' · ')}</span>
      {light.state?.error && <span class="detail wrong">{light.state.error}</span>}
      {canSet && (
        <details onToggle={more.onToggle}>
          <summary aria-label={t.board.moreOf(light.name)}>{t.board.more}</summary>
          {more.open && <More light={light} disabled={lost} />}
        </details>
      )}
    </li>
  );
}

function facts({ kind, online, state }: LightView): string[] {
  const { rssi, fw, uptime, ip } = state ?? {};
  const known = [t.kinds[kind] ?? kind];
  if (!online) return known;
  if (rssi) known.push(t.board.signal(rssi));
  if (fw) known.push(t.board.firmware(fw));
  if (uptime !== undefined)
    known.push(uptime < 60 ? t.board.justStarted : t.board.uptime(duration(uptime * 1000)));
  if (ip) known.push(ip);
  return known;
}

function More({ light, disabled }: { light: LightView; disabled: boolean }) {
  const [refusal, setRefusal] = useState<Refusal>();
  const identify = async () => {
    const answer = await ask(`/api/lights/${light.id}/identify`, { method: 'POST' });
    setRefusal(answer.ok ? undefined : answer);
  };
  return (
    <>
      <p class="detail">{kindLine(light)}</p>
      <SetLight light={light} disabled={disabled} />
      <div class="actions">
        <button type="button" disabled={disabled} onClick={() => void identify()}>
          {t.board.identify}
        </button>
        <a href={`/health/${light.id}`}>{t.board.why}</a>
      </div>
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
    </>
  );
}
