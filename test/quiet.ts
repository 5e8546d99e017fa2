/**
 * Knows when everything in this process has come to rest, so that a test's clock never overtakes real sockets, disks
 * and key pairs: no work on the thread pool, and each HTTP request answered, or plainly left hanging by its server.
 */
import { createHook } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Rounds of the event loop without anything new: what runs on the main thread is done in fewer. */
const quietRounds = 12;
/** The same for a request that its server took and does not answer: then it is left hanging. */
const hangingRounds = 60;
/** Real time; only a fault of the test itself takes so long. */
const mostMs = 30_000;
const header = 'x-test-request';

export interface Quiet {
  /** `METHOD path` of each request that undici sent in this process, oldest first. */
  requests: string[];
  /** Resolves at rest. @throws Error naming what is still on its way after half a minute */
  settled(): Promise<void>;
  stop(): void;
}

interface Sent {
  method: string;
  path: string;
  addHeader(name: string, value: string): unknown;
}

/** Watches undici's and Node's own channels; one at a time in a process. */
export function watchQuiet(): Quiet {
  const requests: string[] = [];
  /** Number -> whether a server has it now. */
  const open = new Map<number, boolean>();
  const numbers = new WeakMap<object, number>();
  const jobs = new Map<number, string>();
  let events = 0;

  const sent = (message: unknown) => {
    const { request } = message as { request: Sent };
    requests.push(`${request.method} ${request.path}`);
    numbers.set(request, requests.length);
    request.addHeader(header, String(requests.length));
    open.set(requests.length, false);
    events++;
  };
  const ended = (message: unknown) => {
    open.delete(numbers.get((message as { request: object }).request) ?? 0);
    events++;
  };
  const taken = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const number = Number(request.headers[header]);
    if (!open.has(number)) return;
    open.set(number, true);
    events++;
    // Answered, but not heard yet: on its way again.
    response.once('finish', () => open.has(number) && open.set(number, false));
  };
  const channels = [
    ['undici:request:create', sent],
    ['undici:request:trailers', ended],
    ['undici:request:error', ended],
    ['http.server.request.start', taken],
  ] as const;
  for (const [name, listener] of channels) subscribe(name, listener);

  const done = (id: number) => {
    if (jobs.delete(id)) events++;
  };
  // What libuv's thread pool does: files, names of hosts, WebCrypto.
  const hook = createHook({
    init(id, type) {
      if (/^(FSREQ\w+|FILEHANDLECLOSEREQ|GETADDRINFOREQWRAP|[A-Z0-9]+REQUEST)$/.test(type))
        jobs.set(id, type);
    },
    after: done,
    destroy: done,
  }).enable();

  const onItsWay = () => jobs.size > 0 || [...open.values()].includes(false);
  const round = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    requests,
    async settled() {
      const until = performance.now() + mostMs;
      let seen = events;
      for (let quiet = 0; quiet < (open.size > 0 ? hangingRounds : quietRounds); quiet++) {
        await round();
        if (events !== seen || onItsWay()) quiet = 0;
        seen = events;
        if (performance.now() < until) continue;
        const hanging = [...open.keys()].map((number) => requests[number - 1]);
        throw new Error(`Still on its way: ${[...hanging, ...jobs.values()].join(', ')}`);
      }
    },
    stop() {
      hook.disable();
      for (const [name, listener] of channels) unsubscribe(name, listener);
    },
  };
}
