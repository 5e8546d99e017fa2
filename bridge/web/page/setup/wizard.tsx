/** The first run, step by step: each is checked before the next, and what is done already is taken from what is. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { every, systemClock } from '../../../../protocol/clock.ts';
import { ask } from '../data/api.ts';
import type { InsideProps } from '../page.tsx';
import { FileState } from '../settings/settings.tsx';
import { t } from '../texts/texts.ts';
import { Header } from '../ui/header.tsx';
import { go } from '../ui/router.ts';
import { useConfig } from '../ui/use-config.ts';
import { refusalWords } from '../ui/words.ts';
import { AddLight } from './add-light.tsx';
import { Done } from './done.tsx';
import { Entra, type Registration } from './entra.tsx';
import { PeopleSearch } from './people-search.tsx';
import { SignIn } from './sign-in.tsx';

const steps = ['microsoft', 'sign-in', 'people', 'light', 'done'] as const;
type Step = (typeof steps)[number];

interface SetUp {
  steps: Record<'microsoft' | 'signIn' | 'people' | 'lights', { done: boolean }>;
  registration: Registration;
}

const rereadMs = 2_000;

export default function Wizard({ view, now, path }: InsideProps) {
  const { config, refusal, take } = useConfig(view.configEtag);
  const [setUp, setSetUp] = useState<SetUp>();
  const read = useCallback(async () => {
    const answer = await ask<SetUp>('/api/setup');
    if (answer.ok) setSetUp(answer.value);
  }, []);
  useEffect(() => {
    void read();
    return every(systemClock, rereadMs, () => void read());
  }, [read]);

  const done: Record<Step, boolean> = {
    microsoft: setUp?.steps.microsoft.done ?? false,
    // Who signed in by code works at once, and is still to be confirmed.
    'sign-in': (setUp?.steps.signIn.done ?? false) && !view.signIn.some(({ toConfirm }) => toConfirm),
    people: setUp?.steps.people.done ?? false,
    light: setUp?.steps.lights.done ?? false,
    done: false,
  };
  const wanted = path.split('/')[2];
  const first = steps.find((step) => !done[step])!;
  // A step opens once all before it are done.
  const asked = steps.find((step) => step === wanted);
  const open = asked && steps.indexOf(asked) <= steps.indexOf(first) ? asked : first;
  const next = steps[steps.indexOf(open) + 1];

  return (
    <>
      <Header view={view} now={now} path={path} />
      <main class="sheet setup">
        <h2>{t.setup.title}</h2>
        <ol class="steps" aria-label={t.setup.steps}>
          {steps.map((step, index) => {
            const reachable = index <= steps.indexOf(first);
            return (
              <li
                key={step}
                class={done[step] ? 'step done' : 'step'}
                aria-current={step === open ? 'step' : undefined}
              >
                {reachable ? <a href={`/setup/${step}`}>{t.setup.names[step]}</a> : t.setup.names[step]}
                {done[step] && <span class="heard">{t.setup.isDone}</span>}
              </li>
            );
          })}
        </ol>
        {refusal && (
          <p class="notice" role="alert">
            {refusalWords(refusal)}
          </p>
        )}
        {config && <FileState config={config} />}
        {config && setUp && (
          <section key={open} class="form" aria-labelledby="step">
            <h3 id="step">{t.setup.titles[open]}</h3>
            {open === 'microsoft' && (
              <Entra
                config={config}
                registration={setUp.registration}
                onSaved={(saved) => {
                  take(saved);
                  void read().then(() => go('/setup/sign-in'));
                }}
              />
            )}
            {open === 'sign-in' && <SignIn view={view} />}
            {open === 'people' && <PeopleSearch config={config} onSaved={take} />}
            {open === 'light' && <AddLight config={config} onSaved={take} view={view} />}
            {open === 'done' && <Done view={view} now={now} />}
            {open !== 'microsoft' && next && (
              <div class="actions">
                <button
                  type="button"
                  class="main"
                  disabled={!done[open]}
                  onClick={() => go(`/setup/${next}`)}
                >
                  {t.goOn}
                </button>
                {!done[open] && (
                  <span class="detail">{t.setup.first[open as keyof typeof t.setup.first]}</span>
                )}
              </div>
            )}
          </section>
        )}
      </main>
    </>
  );
}
