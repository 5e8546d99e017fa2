/** What is measured: how old presence is, how long a change takes to a lamp, and what was taken and refused. */
import type { Clock } from '../../protocol/clock.ts';
import { isShown } from '../../protocol/show.ts';
import type { NotifyCounters } from '../notify/notify.ts';
import type { Metric } from '../web/ports.ts';
import type { View } from '../web/view.ts';
import type { GraphRoom } from './graph.ts';

/** Seconds; a lamp on Wi-Fi answers in some tenths of one. */
const buckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** A lamp that says so later was away, and not slow. */
const longestMs = 60_000;

export interface Metrics {
  /** A light must show something else from now on. */
  told(light: string): void;
  /** A light said what it shows. */
  heard(light: string): void;
  all(): Metric[];
}

export function createMetrics(rooms: {
  clock: Clock;
  view: () => View;
  graph: GraphRoom;
  hooks: Readonly<Record<string, number>>;
  notify: { counters(): NotifyCounters };
}): Metrics {
  const { clock, view, graph, hooks, notify } = rooms;
  const waiting = new Map<string, number>();
  const counts = buckets.map(() => 0);
  let count = 0;
  let sum = 0;

  const gauge = (name: string, help: string, value: number): Metric => ({
    name: `doorlight_${name}`,
    help,
    type: 'gauge',
    values: [{ value }],
  });

  const counter = (name: string, help: string, outcomes: Record<string, number>): Metric => ({
    name: `doorlight_${name}`,
    help,
    type: 'counter',
    values: Object.entries(outcomes).map(([outcome, value]) => ({ labels: { outcome }, value })),
  });

  function latency(): Metric {
    const bucket = (le: string, value: number) => ({ suffix: '_bucket', labels: { le }, value });
    return {
      name: 'doorlight_change_to_lamp_seconds',
      help: 'From a change of what a light must show to its word that it shows it.',
      type: 'histogram',
      values: [
        ...buckets.map((le, index) => bucket(String(le), counts[index]!)),
        bucket('+Inf', count),
        { suffix: '_sum', value: sum },
        { suffix: '_count', value: count },
      ],
    };
  }

  return {
    told: (light) => void waiting.set(light, clock.monotonic()),
    heard(id) {
      const since = waiting.get(id);
      if (since === undefined) return;
      const light = view().light(id);
      if (!light || !isShown(light.show, light.state)) return;
      waiting.delete(id);
      const ms = clock.monotonic() - since;
      if (ms > longestMs) return;
      count++;
      sum += ms / 1000;
      for (const [index, le] of buckets.entries()) if (ms / 1000 <= le) counts[index]!++;
    },
    all() {
      const { people, lights, signIn, source, subscription, startedAt } = view().health();
      const ages = view()
        .people()
        .flatMap(({ checkedAt, fresh }) =>
          fresh && checkedAt ? [(clock.now() - Date.parse(checkedAt)) / 1000] : [],
        );
      const left = subscription ? (Date.parse(subscription.expiresAt) - clock.now()) / 1000 : 0;
      const notifications = { ...graph.side()?.counters(), ...hooks };
      return [
        gauge('up_seconds', 'Since the start.', (clock.now() - Date.parse(startedAt)) / 1000),
        gauge('people', 'People whose presence is known of.', people),
        gauge('people_fresh', 'Those whose presence is confirmed.', ages.length),
        gauge(
          'presence_age_seconds_max',
          'Since the oldest presence that stands was confirmed.',
          Math.max(0, ...ages),
        ),
        gauge('lights', 'Lights of the configuration.', lights.total),
        gauge('lights_online', 'Lights that are there.', lights.online),
        gauge('sign_in_ok', 'Whether the sign-in to Microsoft is good.', signIn === 'ok' ? 1 : 0),
        {
          name: 'doorlight_source',
          help: 'How presence is read.',
          type: 'gauge',
          values: ['push', 'poll', 'none'].map((name) => ({
            labels: { source: name },
            value: name === source ? 1 : 0,
          })),
        },
        gauge(
          'subscription_left_seconds',
          'Until the first subscription ends; 0 without one.',
          Math.max(0, left),
        ),
        counter(
          'subscription_renewals_total',
          'What was done to keep the presence subscriptions, by what became of it.',
          { ...(graph.side()?.subscriptions() ?? { created: 0, renewed: 0, failed: 0 }) },
        ),
        counter('notifications_total', 'What Graph posted, by what became of it.', notifications),
        counter('notify_total', 'Changes for automations, by what became of them.', {
          ...notify.counters(),
        }),
        latency(),
      ];
    },
  };
}
