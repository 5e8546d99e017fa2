import { useState } from 'preact/hooks';

/** Whether a `<details>` was ever open: what is in it costs nothing before, and nothing typed in it is lost by closing it. */
export function useOpen(): { open: boolean; onToggle: (event: Event) => void } {
  const [open, setOpen] = useState(false);
  return {
    open,
    onToggle(event) {
      if ((event.currentTarget as HTMLDetailsElement).open) setOpen(true);
    },
  };
}
