/** /pair/<light>#<code>: makes this device the lamp, once. A tap, because full screen needs one. */
import { useState } from 'preact/hooks';
import { ask } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { go } from '../ui/router.ts';
import { refusalWords } from '../ui/words.ts';
import { fillScreen } from './awake.ts';

export default function Pairing({ token: light }: { token: string }) {
  const [error, setError] = useState('');
  // The code stays in the address until it is used: a page that is loaded again must still have it.
  const code = location.hash.slice(1);

  async function pair(): Promise<void> {
    fillScreen();
    const answer = await ask(`/api/lamp/${encodeURIComponent(light)}/pair`, { body: { code } });
    if (!answer.ok) return setError(refusalWords(answer));
    history.replaceState(null, '', `/lamp/${light}`);
    go(`/lamp/${light}`);
  }

  return (
    <main class="entrance">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void pair();
        }}
      >
        <h1>{t.lamp.pairTitle}</h1>
        <p>{t.lamp.pairWhat}</p>
        <button type="submit" class="main">
          {t.lamp.pair}
        </button>
        <p class="wrong" role="alert">
          {error}
        </p>
      </form>
    </main>
  );
}
