/** Why is my light wrong? For each light the chain from Microsoft to the lamp, and the mend where it is broken. */
import { useEffect, useState } from 'preact/hooks';
import type { ApplianceView, ChainLink, LightHealth } from '../../../../protocol/api.ts';
import { every, systemClock } from '../../../../protocol/clock.ts';
import { ask, type Refusal } from '../data/api.ts';
import { saveBundle } from '../data/bundle.ts';
import type { InsideProps } from '../page.tsx';
import { t } from '../texts/texts.ts';
import { Header } from '../ui/header.tsx';
import { Ring } from '../ui/ring.tsx';
import { Troubles } from '../ui/troubles.tsx';
import { age, refusalWords } from '../ui/words.ts';

const rereadMs = 5_000;

export default function HealthRoom({ view, now, path }: InsideProps) {
  const [all, setAll] = useState<LightHealth[]>();
  const [troubles, setTroubles] = useState<ApplianceView['troubles']>([]);
  const [refusal, setRefusal] = useState<Refusal>();
  const only = path.split('/')[2];
  useEffect(() => {
    const read = async () => {
      const answer = await ask<LightHealth[]>('/api/health/lights');
      if (answer.ok) setAll(answer.value);
      setRefusal(answer.ok ? undefined : answer);
      const machine = await ask<ApplianceView>('/api/appliance');
      if (machine.ok) setTroubles(machine.value.troubles);
    };
    void read();
    return every(systemClock, rereadMs, () => void read());
  }, []);

  const lights = (all ?? []).filter(({ light }) => !only || light === only);
  return (
    <>
      <Header view={view} now={now} path={path} />
      <main class="sheet health">
        <h2>{t.health.title}</h2>
        <p class="detail">{t.health.intro}</p>
        <Troubles troubles={troubles} />
        {only && <a href="/health">{t.health.all}</a>}
        <p class="wrong" role="alert">
          {refusal && refusalWords(refusal)}
        </p>
        {all && lights.length === 0 && <p>{t.board.noLights}</p>}
        {lights
          .sort((a, b) => Number(b.wrong) - Number(a.wrong))
          .map((light) => (
            <Chain key={light.light} health={light} view={view} stale={refusal !== undefined} />
          ))}
        <section>
          <h2>{t.health.bundle}</h2>
          <p class="detail">{t.health.bundleHint}</p>
          <button type="button" onClick={() => void saveBundle().then(setRefusal)}>
            {t.health.saveBundle}
          </button>
        </section>
      </main>
    </>
  );
}

function Chain({ health, view, stale }: { health: LightHealth; view: InsideProps['view']; stale: boolean }) {
  const light = view.lights.get(health.light);
  const dark = stale || !light?.online;
  return (
    <section class="chain">
      <div class="chain-head">
        <Ring show={dark ? null : light.state} />
        <h2>{light?.name ?? health.light}</h2>
        <p class={health.wrong ? 'verdict bad' : 'verdict'}>
          {stale ? t.noConnection : health.wrong ? t.health.wrong : t.health.right}
        </p>
      </div>
      <ol>
        {health.links.map((link) => (
          <Link key={link.part} link={link} />
        ))}
      </ol>
    </section>
  );
}

function Link({ link: { part, ok, age: seconds, code, says, mend } }: { link: ChainLink }) {
  const own = t.health.codes[code];
  const action = own?.mend ?? mend;
  return (
    <li class={ok ? 'link' : 'link broken'}>
      <span class="part">
        <span class="mark-ok" role="img" aria-label={ok ? t.health.good : t.health.bad}>
          {ok ? '✓' : '✗'}
        </span>
        {t.health.parts[part]}
      </span>
      <span>
        {own?.says ?? says}
        {own?.detailed && <small lang="en">{says}</small>}
      </span>
      {seconds !== null && <span class="detail">{age(seconds)}</span>}
      {!ok && action && <p class="mend">{action}</p>}
    </li>
  );
}
