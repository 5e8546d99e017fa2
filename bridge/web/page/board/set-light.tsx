/** What one light shows by hand, always with an end. */
import { useState } from 'preact/hooks';
import type { LightView } from '../../../../protocol/payloads.ts';
import { type Effect, effects } from '../../../../protocol/status.ts';
import { ask, type Refusal } from '../data/api.ts';
import { t } from '../texts/texts.ts';
import { ChoiceField, Field } from '../ui/field.tsx';
import { refusalWords } from '../ui/words.ts';
import { rgbOf } from './color.ts';
import { lengths } from './set-person.tsx';

export function SetLight({ light, disabled }: { light: LightView; disabled: boolean }) {
  const [color, setColor] = useState('#ff0000');
  const [effect, setEffect] = useState<Effect>('solid');
  const [length, setLength] = useState<string>('PT15M');
  const [refusal, setRefusal] = useState<Refusal>();

  async function set(body: object): Promise<void> {
    const answer = await ask(`/api/lights/${light.id}/set`, { body });
    setRefusal(answer.ok ? undefined : answer);
  }

  const on = { state: 'ON', color: rgbOf(color), brightness: 255, effect, for: length };
  return (
    <fieldset disabled={disabled} class="by-hand">
      <legend>{t.byHand.lightTitle}</legend>
      <Field label={t.byHand.color}>
        {(control) => (
          <input
            {...control}
            type="color"
            value={color}
            onInput={(event) => setColor(event.currentTarget.value)}
          />
        )}
      </Field>
      <ChoiceField
        label={t.byHand.effect}
        value={effect}
        onValue={(value) => setEffect(value as Effect)}
        options={effects.filter((one) => one !== 'identify').map((one) => [one, t.effects[one]])}
      />
      <ChoiceField
        label={t.byHand.length}
        value={length}
        onValue={setLength}
        options={lengths.map((one) => [one, t.byHand.lengths[one]])}
      />
      <div class="actions">
        <button type="button" onClick={() => void set(effect === 'off' ? { state: 'OFF', for: length } : on)}>
          {t.byHand.set}
        </button>
        {light.state?.override && (
          <button type="button" onClick={() => void set({ clear: true })}>
            {t.byHand.end}
          </button>
        )}
      </div>
      <p class="wrong" role="alert">
        {refusal && refusalWords(refusal)}
      </p>
    </fieldset>
  );
}
