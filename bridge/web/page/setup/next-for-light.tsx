/** What is left to do until a new light shines, and whether it does. */
import { useState } from 'preact/hooks';
import { ask, type Refusal } from '../data/api.ts';
import type { Snapshot } from '../data/feed.ts';
import { NewLink } from '../settings/links.tsx';
import { t } from '../texts/texts.ts';
import { CopyText } from '../ui/copy-text.tsx';
import { refusalWords } from '../ui/words.ts';
import { FlashLamp } from './flash-lamp.tsx';
import type { LightOption } from './light-options.ts';

export interface Minted {
  light: string;
  key?: string;
  username?: string;
  password?: string;
}

export interface NextForLightProps {
  id: string;
  option: LightOption;
  minted: Minted | undefined;
  view: Snapshot | undefined;
}

export function NextForLight({ id, option, minted, view }: NextForLightProps) {
  const [refusal, setRefusal] = useState<Refusal>();
  const online = view?.lights.get(id)?.online ?? false;
  const identify = async () => {
    const answer = await ask(`/api/lights/${id}/identify`, { method: 'POST' });
    setRefusal(answer.ok ? undefined : answer);
  };
  return (
    <div class="card form">
      {option.kind === 'page' && (
        <>
          <p>{t.light.pairHint}</p>
          <NewLink body={{ kind: 'lamp', light: id }} text={t.links.newLamp} />
        </>
      )}
      {option.kind === 'espruino' && (
        <>
          <FlashLamp id={id} port={option.port} />
          <p class="detail">{t.light.flashHint}</p>
          <CopyText
            label={t.light.command}
            text={`doorlight light flash ${id} --port ${option.port ?? '/dev/ttyUSB0'} --wifi SSID`}
          />
        </>
      )}
      {minted?.key && <CopyText label={t.light.key} text={minted.key} />}
      {minted?.username && minted.password && (
        <>
          <p>{t.light.mqttHint(location.hostname)}</p>
          <CopyText label={t.light.user} text={minted.username} />
          <CopyText label={t.entrance.password} text={minted.password} />
        </>
      )}
      {view && (
        <p role="status" class={online ? '' : 'detail'}>
          {online ? t.light.online : t.light.waiting}
        </p>
      )}
      {online && (
        <div class="actions">
          <button type="button" onClick={() => void identify()}>
            {t.board.identify}
          </button>
        </div>
      )}
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
    </div>
  );
}
