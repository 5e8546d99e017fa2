/** /me/<token>: what is shown of a person and where, and that person's own say in it. */
import { useEffect, useState } from 'preact/hooks';
import type { MeView } from '../../../../protocol/api.ts';
import { systemClock } from '../../../../protocol/clock.ts';
import { SetPerson } from '../board/set-person.tsx';
import { type Asking, ask, type Refusal } from '../data/api.ts';
import { createEventStream } from '../data/event-stream.ts';
import { t } from '../texts/texts.ts';
import { Ring } from '../ui/ring.tsx';
import { clockTime, refusalWords, sinceLine, statusOf } from '../ui/words.ts';

/** From what says most to what says least. */
const shares = ['full', 'status', 'busy-free'] as const;
const pauses = ['PT1H', 'PT4H', 'PT24H', 'PT168H'] as const;

export default function Me({ token }: { token: string }) {
  const [me, setMe] = useState<MeView>();
  const [state, setState] = useState<'opening' | 'live' | 'lost' | 'over'>('opening');
  const [refusal, setRefusal] = useState<Refusal>();
  useEffect(() => {
    const stream = createEventStream({
      url: '/api/me/events',
      token,
      clock: systemClock,
      onOpen: () => void change('', {}),
      onEvent: (name, data) => name === 'me' && setMe(data as MeView),
      onLost(status) {
        if (status === 401) stream.stop();
        setState(status === 401 ? 'over' : 'lost');
      },
    });
    stream.start();
    return stream.stop;
  }, [token]);

  async function change(path: string, asking: Asking): Promise<void> {
    const answer = await ask<MeView>(`/api/me${path}`, { ...asking, token });
    setRefusal(answer.ok ? undefined : answer);
    if (!answer.ok) return;
    setMe(answer.value);
    setState('live');
  }

  if (state === 'over')
    return (
      <main class="sheet alone">
        <h1>{t.linkOver}</h1>
        <p>{t.linkOverHint}</p>
      </main>
    );
  if (!me) return <main class="sheet alone">{state === 'lost' ? t.noConnection : t.opening}</main>;
  const { person, share, paused, left, lights } = me;
  const now = systemClock.now();
  const lost = state === 'lost';
  const granted = shares.indexOf(share.granted as (typeof shares)[number]);
  return (
    <main class="sheet me">
      <h1>{person.name}</h1>
      <section class="now" aria-label={t.me.now}>
        <p class="status">{lost ? t.noConnection : t.statuses[statusOf(person)]}</p>
        <p class="since">
          {lost
            ? ''
            : left
              ? t.me.hasLeft
              : paused
                ? t.me.pausedUntil(clockTime(paused.until, now))
                : sinceLine(person, now)}
        </p>
      </section>
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>

      <section>
        <h2>{t.me.where}</h2>
        <ul class="list">
          {lights.map((light) => (
            <li key={light.id} class="row with-ring">
              <Ring show={lost ? null : light.show} />
              <span class="who">{light.name}</span>
            </li>
          ))}
        </ul>
        {lights.length === 0 && <p class="detail">{t.me.nowhere}</p>}
      </section>

      {!left && (
        <>
          <fieldset disabled={lost}>
            <legend>{t.me.share}</legend>
            {shares.map((one, index) => (
              <label key={one} class="option">
                <input
                  type="radio"
                  name="share"
                  checked={share.inForce === one}
                  disabled={index < granted}
                  onChange={() => void change('/share', { method: 'PUT', body: { share: one } })}
                />
                <span>
                  {t.shares[one]}
                  <small>{index < granted ? t.me.notGranted : t.shareHints[one]}</small>
                </span>
              </label>
            ))}
          </fieldset>

          <section>
            <h2>{t.me.pause}</h2>
            {!paused && <p class="detail">{t.me.pauseHint}</p>}
            <div class="actions">
              {paused && (
                <button type="button" onClick={() => void change('/pause', { method: 'DELETE' })}>
                  {t.me.resume}
                </button>
              )}
              {!paused &&
                pauses.map((length) => (
                  <button
                    key={length}
                    type="button"
                    disabled={lost}
                    onClick={() => void change('/pause', { method: 'PUT', body: { for: length } })}
                  >
                    {t.me.pauses[length]}
                  </button>
                ))}
            </div>
          </section>

          <SetPerson person={person} disabled={lost} to={{ path: '/api/me/set', token }} />
        </>
      )}

      <section>
        <h2>{left ? t.me.hasLeft : t.me.leave}</h2>
        <p class="detail">{left ? t.me.backHint : t.me.leaveHint}</p>
        <button
          type="button"
          disabled={lost}
          onClick={() => void change('/left', { method: left ? 'DELETE' : 'PUT' })}
        >
          {left ? t.me.comeBack : t.me.leaveNow}
        </button>
      </section>
    </main>
  );
}
