/** The address bar: which room is open. Links are plain `<a href>`, so that a new tab and a screen reader work. */
import { useEffect, useState } from 'preact/hooks';

const moved = new EventTarget();

/** Opens a path of this page without loading it anew. */
export function go(path: string): void {
  history.pushState(null, '', path);
  moved.dispatchEvent(new Event('move'));
  scrollTo(0, 0);
}

/** Makes plain links of this page move within it. */
export function followLinks(): void {
  addEventListener('popstate', () => moved.dispatchEvent(new Event('move')));
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest?.('a');
    if (!link || link.origin !== location.origin || link.hasAttribute('download') || link.target) return;
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0)
      return;
    if (link.pathname.startsWith('/api/') || link.hash) return;
    event.preventDefault();
    go(link.pathname);
  });
}

/** The path that is open; draws anew when it changes. */
export function usePath(): string {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const read = () => setPath(location.pathname);
    moved.addEventListener('move', read);
    return () => moved.removeEventListener('move', read);
  }, []);
  return path;
}
