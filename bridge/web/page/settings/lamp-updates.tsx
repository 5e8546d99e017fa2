/** The firmware of our own lamps: all of them are updated over the air, in waves, and each is told of. */
import { useEffect, useState } from 'preact/hooks';
import type { LampUpdate, Rollout } from '../../../../protocol/updates.ts';
import { ask, type Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { refusalWords } from '../ui/words.ts';

const lookEveryMs = 2_000;

export function LampUpdates({ nameOf }: { nameOf: (light: string) => string }) {
  const [rollout, setRollout] = useState<Rollout | null>();
  const [refusal, setRefusal] = useState<Refusal>();
  const running = rollout?.state === 'running';
  async function look(): Promise<void> {
    const answer = await ask<{ update: Rollout | null }>('/api/updates');
    if (answer.ok) setRollout(answer.value.update);
  }
  async function act(method: 'POST' | 'DELETE'): Promise<void> {
    const answer = await ask('/api/updates', method === 'POST' ? { method, body: {} } : { method });
    setRefusal(answer.ok ? undefined : answer);
    await look();
  }
  useEffect(() => {
    void look();
    if (!running) return;
    const timer = setInterval(() => void look(), lookEveryMs);
    return () => clearInterval(timer);
  }, [running]);
  return (
    <section class="form">
      <h3>{t.lampUpdates.title}</h3>
      <p class="detail">{t.lampUpdates.hint}</p>
      {rollout && (
        <div role="status">
          <p>{t.lampUpdates.states[rollout.state](rollout.version)}</p>
          <ul>
            {rollout.lamps.map((lamp) => (
              <li key={lamp.light}>
                {nameOf(lamp.light)}: {wordsOf(lamp, rollout.bytes)}
              </li>
            ))}
          </ul>
        </div>
      )}
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
      <div class="actions">
        <button type="button" onClick={() => void act(running ? 'DELETE' : 'POST')}>
          {running ? t.lampUpdates.stop : t.lampUpdates.start}
        </button>
      </div>
    </section>
  );
}

function wordsOf({ state, sent, error }: LampUpdate, bytes: number): string {
  const words = t.lampUpdates.lamp[state];
  if (state === 'sending') return `${words}, ${Math.round((100 * sent) / bytes)} %`;
  return error ? `${words}: ${error}` : words;
}
