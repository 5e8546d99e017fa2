/** Signing in to Microsoft, for each account: the code to enter, who it was, and what is wrong. */
import { useEffect, useState } from 'preact/hooks';
import { every, systemClock } from '../../../../protocol/clock.ts';
import type { SignInState } from '../../../../protocol/sign-in.ts';
import { ask, type Refusal } from '../data/api.ts';
import type { Snapshot } from '../data/feed.ts';
import { said } from '../data/said.ts';
import { t } from '../texts/texts.ts';
import { CopyText } from '../ui/copy-text.tsx';
import { SureButton } from '../ui/sure-button.tsx';
import { clockTime, refusalWords, sentence } from '../ui/words.ts';

const rereadMs = 2_000;

export function SignIn({ view }: { view: Snapshot }) {
  const [states, setStates] = useState<readonly SignInState[]>(view.signIn);
  const [refusal, setRefusal] = useState<Refusal>();
  useEffect(() => {
    const read = async () => {
      const answer = await ask<SignInState[]>('/api/sign-in');
      if (answer.ok) setStates(answer.value);
    };
    void read();
    return every(systemClock, rereadMs, () => void read());
  }, []);

  async function act(path: string, method: 'POST' | 'DELETE'): Promise<void> {
    const answer = await ask(`/api/sign-in/${path}`, { method });
    setRefusal(answer.ok ? undefined : answer);
  }

  return (
    <>
      {states.length === 0 && <p role="status">{t.signIn.waiting}</p>}
      {states.map((state) => (
        <Account key={state.account} state={state} alone={states.length === 1} act={act} />
      ))}
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
    </>
  );
}

interface AccountProps {
  state: SignInState;
  alone: boolean;
  act: (path: string, method: 'POST' | 'DELETE') => Promise<void>;
}

function Account({ state, alone, act }: AccountProps) {
  const { account, way, status, username, prompt, toConfirm, trouble } = state;
  return (
    <section class="card form" aria-label={account}>
      {!alone && <h3>{account}</h3>}
      {toConfirm && (
        <>
          <p role="status">{t.signIn.isThis(toConfirm)}</p>
          <div class="actions">
            <button type="button" class="main" onClick={() => void act(`${account}/confirm`, 'POST')}>
              {t.signIn.yes}
            </button>
            <button type="button" onClick={() => void act(`${account}/drop`, 'POST')}>
              {t.signIn.no}
            </button>
          </div>
        </>
      )}
      {!toConfirm && status !== 'needed' && (
        <div role="status">
          {way === 'app' ? t.signIn.asApp : t.signIn.signedIn(username ?? '')}{' '}
          {way !== 'app' && (
            <SureButton
              text={t.signIn.forget}
              question={t.signIn.sureToForget}
              onSure={() => void act(account, 'DELETE')}
            />
          )}
        </div>
      )}
      {trouble && (
        <p class="notice" role="alert">
          {sentence(said(trouble.means))} {said(trouble.next)} {trouble.code && <code>{trouble.code}</code>}
        </p>
      )}
      {!toConfirm && prompt && (
        <>
          <ol class="clicks">
            <li>
              <CopyText label={t.signIn.code} text={prompt.userCode} big />
            </li>
            <li>
              <a href={prompt.verificationUri} target="_blank" rel="noreferrer">
                {t.signIn.openPage(prompt.verificationUri)}
              </a>
            </li>
            <li>{t.signIn.withAccount}</li>
          </ol>
          <p class="detail">{t.signIn.codeUntil(clockTime(prompt.expiresAt, systemClock.now()))}</p>
        </>
      )}
      {!toConfirm && way === 'browser' && status !== 'ok' && (
        <a class="button" href={`/api/sign-in/${account}/begin`} target="_blank" rel="noreferrer">
          {t.signIn.inBrowser}
        </a>
      )}
      {!toConfirm && !prompt && way === 'device-code' && status === 'needed' && <p>{t.signIn.waiting}</p>}
    </section>
  );
}
