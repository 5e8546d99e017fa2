/** Keeps a screen on and full. Both need a browser that allows it: a wake lock only over https (or on localhost). */
export function canStayAwake(): boolean {
  return 'wakeLock' in navigator;
}

/** Holds the screen awake while the page is seen; the result ends it. */
export function stayAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  const take = () => {
    if (document.visibilityState !== 'visible' || !canStayAwake()) return;
    navigator.wakeLock.request('screen').then(
      (taken) => {
        lock = taken;
      },
      // Refused on a low battery; it is asked for again when the page is next seen.
      () => {},
    );
  };
  take();
  document.addEventListener('visibilitychange', take);
  return () => {
    document.removeEventListener('visibilitychange', take);
    void lock?.release();
  };
}

/** From a tap only; a browser that has no full screen (iPhone) goes on without. */
export function fillScreen(): void {
  document.documentElement.requestFullscreen?.({ navigationUI: 'hide' }).catch(() => {});
}

/** Lets the browser offer to install the lamp as an app, one that opens on this light. */
export function offerInstall(light: string): void {
  if (document.querySelector('link[rel=manifest]')) return;
  const link = document.createElement('link');
  link.rel = 'manifest';
  link.href = `/lamp/${encodeURIComponent(light)}/manifest.webmanifest`;
  document.head.append(link);
  if ('serviceWorker' in navigator) navigator.serviceWorker.register('/sw.js').catch(() => {});
}
