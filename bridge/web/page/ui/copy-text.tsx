/** A text to be taken elsewhere, with a button that copies it. */
import { useId, useRef, useState } from 'preact/hooks';
import { t } from '../texts/texts.ts';

export function CopyText({ label, text, big = false }: { label: string; text: string; big?: boolean }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https there is no clipboard to write to; the old command still works on what is selected.
      document.execCommand('copy');
    }
    setCopied(true);
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="copy">
        <input
          ref={field}
          id={id}
          readOnly
          value={text}
          class={big ? 'big-code' : ''}
          onFocus={() => field.current?.select()}
        />
        <button type="button" onClick={() => void copy()}>
          {copied ? t.copied : t.copy}
        </button>
      </span>
    </div>
  );
}
