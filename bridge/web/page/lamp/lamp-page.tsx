/** A spare phone or tablet as a lamp: the colour fills the screen, the status stands on it in words. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { systemClock } from '../../../../protocol/clock.ts';
import { isMoving, renderShow } from '../../../../protocol/effect.ts';
import type { Show } from '../../../../protocol/show.ts';
import { ask } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { clockTime, lookWords } from '../ui/words.ts';
import { canStayAwake, fillScreen, offerInstall, stayAwake } from './awake.ts';
import { type Panel, panelsOf, shownOf } from './panels.ts';
import { createLampWatch, type LampSnapshot } from './watch.ts';

const opening: LampSnapshot = { connection: 'opening', view: null, heardAt: 0, identify: false };
const calm = matchMedia('(prefers-reduced-motion: reduce)');

export default function LampPage({ token: light }: { token: string }) {
  const [now, setNow] = useState(opening);
  const [full, setFull] = useState(false);
  useEffect(() => createLampWatch({ light, clock: systemClock, onChange: setNow }), [light]);
  useEffect(() => {
    document.documentElement.classList.add('lamp-screen');
    const onFull = () => setFull(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', onFull);
    const sleepAgain = stayAwake();
    return () => {
      document.documentElement.classList.remove('lamp-screen');
      document.removeEventListener('fullscreenchange', onFull);
      sleepAgain();
    };
  }, []);
  useEffect(() => offerInstall(light), [light]);

  // The bridge hears what is on the screen, so that the board shows what really shines.
  const shown = JSON.stringify(shownOf(now.view, now.identify));
  useEffect(() => {
    if (now.connection === 'open')
      void ask(`/api/lamp/${encodeURIComponent(light)}/state`, { body: JSON.parse(shown) as Show });
  }, [light, shown, now.connection]);

  useEffect(() => {
    document.title = now.view?.name ?? t.title;
  }, [now.view?.name]);

  if (now.connection === 'out')
    return (
      <main class="sheet alone">
        <h1>{t.lamp.notPaired}</h1>
        <p>{t.lamp.howToPair}</p>
      </main>
    );
  return (
    <main class="lamp" aria-live="polite">
      {panelsOf(now.view, now.identify).map((panel, index) => (
        <Face key={`${index} ${panel.name}`} panel={panel} heardAt={now.view ? 0 : now.heardAt} />
      ))}
      {!full && (
        <div class="lamp-tools">
          {document.fullscreenEnabled && (
            <button type="button" onClick={fillScreen}>
              {t.lamp.fullScreen}
            </button>
          )}
          {!canStayAwake() && <p>{t.lamp.maySleep}</p>}
        </div>
      )}
    </main>
  );
}

function Face({ panel, heardAt }: { panel: Panel; heardAt: number }) {
  const section = useRef<HTMLElement>(null);
  const { name, status, since, until } = panel;
  const look = JSON.stringify(panel.show);
  useEffect(() => shine(section.current!, JSON.parse(look) as Show), [look]);
  const today = systemClock.now();
  return (
    <section ref={section} class="face">
      {/* The words stand on a plate of their own, so that they can be read on any colour and at any moment of it. */}
      <div class="words">
        <p class="lamp-status">{status ? t.statuses[status] : lookWords(panel.show)}</p>
        <p class="lamp-name">{name}</p>
        {status === 'unknown' && heardAt > 0 && (
          <p class="lamp-since">{t.lamp.silentSince(clockTime(heardAt, today))}</p>
        )}
        {until && <p class="lamp-since">{t.setByHand(clockTime(until, today))}</p>}
        {since && !until && <p class="lamp-since">{t.lamp.since(clockTime(since, today))}</p>}
      </div>
    </section>
  );
}

/** Colours the panel as one LED of the lamp would be; the result ends it. */
function shine(panel: HTMLElement, show: Show): () => void {
  const pixel = new Uint8Array(3);
  const still = calm.matches && show.state === 'ON' && show.effect !== 'off';
  let request = 0;
  function frame(now: number): void {
    renderShow(still ? { ...show, effect: 'solid' } : show, now, pixel);
    panel.style.backgroundColor = `rgb(${pixel.map((byte) => 255 * (byte / 255) ** (1 / 2.2)).join(' ')})`;
    if (!still && isMoving(show)) request = requestAnimationFrame(frame);
  }
  frame(performance.now());
  return () => cancelAnimationFrame(request);
}
