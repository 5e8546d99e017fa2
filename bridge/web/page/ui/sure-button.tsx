/** A button for what cannot be taken back: it asks first, out of the way of a second press, and Escape means no. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../texts/texts.ts';

export interface SureButtonProps {
  text: string;
  /** What becomes of it, and whether that is meant. */
  question: string;
  onSure: () => void;
}

export function SureButton({ text, question, onSure }: SureButtonProps) {
  const id = useId();
  const [asking, setAsking] = useState<boolean>();
  const first = useRef<HTMLButtonElement>(null);
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (asking !== undefined) (asking ? no : first).current?.focus();
  }, [asking]);
  if (!asking)
    return (
      <button ref={first} type="button" class="quiet" onClick={() => setAsking(true)}>
        {text}
      </button>
    );
  return (
    <fieldset
      class="sure"
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setAsking(false);
      }}
    >
      <p id={id}>{question}</p>
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            setAsking(false);
            onSure();
          }}
        >
          {text}
        </button>
        <button ref={no} type="button" class="quiet" onClick={() => setAsking(false)}>
          {t.cancel}
        </button>
      </div>
    </fieldset>
  );
}
