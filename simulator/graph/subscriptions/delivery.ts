import type { Clock } from '../../../protocol/clock.ts';
import {
  createEndpointHealth,
  type EndpointHealth,
  type EndpointState,
  windowMs,
} from './endpoint-health.ts';
import type { Webhook } from './webhook.ts';

export interface Delivery {
  /** Posts until an answer of 2xx comes in time. `body` is asked anew for each attempt. */
  send(url: string, body: () => Promise<string>): void;
  /** How the endpoint of this URL is judged at the moment. */
  state(url: string): EndpointState;
  /** Ends all waiting. */
  stop(): void;
}

// "Receive change notifications through webhooks": 3 s to acknowledge, retries get 10 s and go on for 4 hours.
const firstAckMs = 3_000;
const retryAckMs = 10_000;
const retryForMs = 4 * 3_600_000;
const firstRetryMs = 10_000;

/** Brings notifications to their endpoints, with Graph's retries, slow state and drop state. */
export function createDelivery(clock: Clock, webhook: Webhook, log: (line: string) => void): Delivery {
  const endpoints = new Map<string, EndpointHealth>();
  const timers = new Set<() => void>();
  let stopped = false;

  function health(url: string): EndpointHealth {
    const { origin } = new URL(url);
    const known = endpoints.get(origin) ?? createEndpointHealth(clock);
    endpoints.set(origin, known);
    return known;
  }

  function later(ms: number, run: () => void): () => void {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
    return () => {
      timers.delete(cancel);
      cancel();
    };
  }

  async function attempt(
    url: string,
    body: () => Promise<string>,
    number: number,
    giveUpAt: number,
  ): Promise<void> {
    // An answer after the deadline acknowledges nothing, but is awaited: the drop state is about those over 10 s.
    const answer = webhook.post(url, 'application/json; charset=utf-8', await body(), retryAckMs);
    void answer.then(({ took }) => health(url).record(took));
    const acknowledged = await new Promise<boolean>((resolve) => {
      const cancel = later(number === 0 ? firstAckMs : retryAckMs, () => resolve(false));
      void answer.then(({ status }) => {
        cancel();
        resolve(status >= 200 && status < 300);
      });
    });
    if (acknowledged || stopped) return;
    const wait = firstRetryMs * 2 ** number;
    if (clock.monotonic() + wait > giveUpAt)
      return log('graph stand-in: gave up on a notification after 4 hours');
    later(wait, () => void attempt(url, body, number + 1, giveUpAt));
  }

  return {
    send(url, body) {
      const start = () => void attempt(url, body, 0, clock.monotonic() + retryForMs);
      const state = health(url).state();
      if (state === 'ok') start();
      else if (state === 'slow') later(windowMs, start);
      else log('graph stand-in: dropped a notification, its endpoint is in the drop state');
    },
    state: (url) => health(url).state(),
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}
