/**
 * Keeps the page's code, and only its code, for the moment when a lamp's screen starts and the bridge is not there:
 * it then shows "unknown" instead of the browser's error page. What is under /api/ never passes through a cache, so
 * nothing that was true once is ever shown again.
 */
interface Worker {
  addEventListener(type: 'fetch', run: (event: FetchEvent) => void): void;
}
interface FetchEvent {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

const kept = 'page';
const shell = '/';

async function fromBridgeOrKept(request: Request): Promise<Response> {
  const cache = await caches.open(kept);
  const key = request.mode === 'navigate' ? shell : request;
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(key, answer.clone());
    return answer;
  } catch (error) {
    const old = await cache.match(key);
    if (old) return old;
    throw error;
  }
}

(self as unknown as Worker).addEventListener('fetch', (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.method === 'GET' && !/^\/(api|metrics|healthz|readyz|mqtt)\b/.test(pathname))
    event.respondWith(fromBridgeOrKept(request));
});
