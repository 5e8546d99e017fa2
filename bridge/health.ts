/** What is up and what is not: `bridge/health`, /readyz, and the page's foot. */
import { type Clock, every } from '../protocol/clock.ts';
import type { HealthPayload } from '../protocol/payloads.ts';
import type { GraphSide } from './graph/graph-side.ts';
import type { Trouble } from './troubles.ts';

const everyMs = 60_000;

export interface Health {
  start(): void;
  /** Something may have changed: publishes if it has, `lastGraphContact` aside. */
  changed(): void;
  payload(): HealthPayload;
  /** What is not up, one word each; empty when all is. */
  missing(): string[];
  /** What is wrong with the machine, each with its mend. */
  troubles(): Trouble[];
  stop(): void;
}

export function createHealth(options: {
  clock: Clock;
  version: string;
  /** Absent in set-up mode. */
  graph: () => GraphSide | undefined;
  /** What is wrong with the machine. */
  troubles?: () => Trouble[];
  people: () => number;
  lights: () => HealthPayload['lights'];
  publish: (payload: HealthPayload) => void;
}): Health {
  const { clock, version, lights, publish } = options;
  const startedAt = new Date(clock.now()).toISOString();
  let published = '';
  /** Before the start and after the end nobody is told. */
  let running = false;
  let cancel = () => {};

  function payload(): HealthPayload {
    const graph = options.graph();
    const status = graph?.status();
    return {
      version,
      startedAt,
      source: status?.source ?? 'none',
      signIn: graph?.accounts.status() ?? 'needed',
      subscription: status?.subscription ?? null,
      people: options.people(),
      lights: lights(),
      lastGraphContact: status?.lastGraphContact ?? null,
    };
  }

  function send(): void {
    const now = payload();
    published = JSON.stringify({ ...now, lastGraphContact: null });
    publish(now);
  }

  return {
    start() {
      running = true;
      send();
      cancel = every(clock, everyMs, send);
    },
    changed() {
      if (running && JSON.stringify({ ...payload(), lastGraphContact: null }) !== published) send();
    },
    payload,
    missing() {
      const graph = options.graph();
      const machine = (options.troubles?.() ?? []).map(({ what }) => what);
      if (!graph) return [...machine, 'set-up'];
      return [
        ...machine,
        ...(graph.accounts.status() === 'needed' ? ['sign-in'] : []),
        ...(graph.status().source === 'none' ? ['graph'] : []),
      ];
    },
    troubles: () => options.troubles?.() ?? [],
    stop() {
      running = false;
      cancel();
    },
  };
}
