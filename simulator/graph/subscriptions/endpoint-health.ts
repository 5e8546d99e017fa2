import type { Clock } from '../../../protocol/clock.ts';

export type EndpointState = 'ok' | 'slow' | 'drop';

export interface EndpointHealth {
  /** Notes how many ms an endpoint took to answer. */
  record(tookMs: number): void;
  state(): EndpointState;
}

/** The window over which an endpoint is judged, and for which the verdict holds, ms. */
export const windowMs = 600_000;

/**
 * Judges an endpoint at the end of each 10-minute window ("Receive change notifications through webhooks", Throttling):
 * more than 15 % of answers over 10 s = drop, more than 10 % over 3 s = slow.
 */
export function createEndpointHealth(clock: Clock): EndpointHealth {
  let windowStart = clock.monotonic();
  let verdict: EndpointState = 'ok';
  let took: number[] = [];

  function roll(): void {
    const windows = Math.floor((clock.monotonic() - windowStart) / windowMs);
    if (windows === 0) return;
    // A window that passed without an answer is a good one.
    verdict = windows === 1 ? judge(took) : 'ok';
    took = [];
    windowStart += windows * windowMs;
  }

  return {
    record(ms) {
      roll();
      took.push(ms);
    },
    state() {
      roll();
      return verdict;
    },
  };
}

function judge(took: number[]): EndpointState {
  const share = (ms: number) => took.filter((each) => each >= ms).length / Math.max(1, took.length);
  if (share(10_000) > 0.15) return 'drop';
  return share(3_000) > 0.1 ? 'slow' : 'ok';
}
