import { useState } from 'preact/hooks';

/** Whether a `<details>` is open, so that what is in it costs nothing before. */
export function useOpen(): { open: boolean; onToggle: (event: Event) => void } {
  const [open, setOpen] = useState(false);
  return { open, onToggle: (event) => setOpen((event.currentTarget as HTMLDetailsElement).open) };
}
