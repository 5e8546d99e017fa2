/**
 * Server-sent events (WHATWG HTML, section 9.2) read with `fetch`, because `EventSource` hides the comments that
 * keep a quiet stream alive: without them, a network that died silently would look like a calm office.
 */
import { type Clock, sleep } from '../../../../protocol/clock.ts';

/** The bridge sends at least a comment each 15 s; two missed ones and a little mean that it is gone. In ms. */
const silenceMs = 35_000;
const retryMs = [500, 1000, 2000, 4000, 8000];

export interface EventStreamOptions {
  url: string;
  token?: string | undefined;
  clock: Clock;
  onOpen(): void;
  onEvent(name: string, data: unknown): void;
  /** Called once per loss; `status` is the HTTP status of a refusal, 0 for silence or a broken connection. */
  onLost(status: number): void;
}

/** Keeps one stream open, reopening it with a growing pause, until stopped. */
export function createEventStream({ url, token, clock, onOpen, onEvent, onLost }: EventStreamOptions) {
  let whole = new AbortController();
  let failures = 0;

  async function readOnce(): Promise<number> {
    const one = new AbortController();
    const end = () => one.abort();
    let cancelWatch = clock.after(silenceMs, end);
    whole.signal.addEventListener('abort', end);
    try {
      const response = await fetch(url, {
        headers: { accept: 'text/event-stream', ...(token ? { authorization: `Bearer ${token}` } : {}) },
        signal: one.signal,
      });
      if (!response.ok || !response.body) return response.status;
      failures = 0;
      onOpen();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parse = createParser(onEvent);
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        cancelWatch();
        cancelWatch = clock.after(silenceMs, end);
        parse(part.value);
      }
      return 0;
    } catch {
      return 0;
    } finally {
      cancelWatch();
      whole.signal.removeEventListener('abort', end);
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const status = await readOnce();
      if (signal.aborted) return;
      onLost(status);
      await sleep(clock, retryMs[Math.min(failures++, retryMs.length - 1)]!, signal);
    }
  }

  return {
    start(): void {
      whole.abort();
      whole = new AbortController();
      void run(whole.signal);
    },
    stop: () => whole.abort(),
  };
}

/** Takes text in any pieces and calls `onEvent` for each whole event with JSON data; other data is left out. */
export function createParser(onEvent: (name: string, data: unknown) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const blocks = (rest + text).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      let name = 'message';
      const data: string[] = [];
      for (const line of block.split('\n')) {
        if (line.startsWith('event:')) name = line.slice(6).trim();
        if (line.startsWith('data:')) data.push(line.slice(5));
      }
      if (data.length === 0) continue;
      try {
        onEvent(name, JSON.parse(data.join('\n')));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
  };
}
