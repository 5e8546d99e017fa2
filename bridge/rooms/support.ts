/** What somebody who helps must know, and nobody's name, address or secret. */
import type { ConfigPort } from '../web/ports.ts';
import type { View } from '../web/view.ts';
import type { GraphRoom } from './graph.ts';
import type { Metrics } from './metrics.ts';

const address = /[\w.+-]+@[\w-]+(\.[\w-]+)+/g;
/** Where a secret, a tenant or a place inside the house may stand. */
const secretKeys =
  /^(user|name|tenant|clientId|url|publicUrl|proxy|username|password|secret|ip|prompt|toConfirm)$/i;

/** A copy in which such values are struck out, and addresses wherever they stand. */
export function redacted(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => redacted(item, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redacted(inner, name)]));
  }
  if (typeof value !== 'string') return value;
  return secretKeys.test(key) ? '<struck out>' : value.replace(address, '<address>');
}

export function createSupport(rooms: {
  view: View;
  graph: GraphRoom;
  metrics: Metrics;
  config: ConfigPort;
  now: () => number;
}): () => object {
  const { view, graph, metrics, config, now } = rooms;
  return () => {
    const side = graph.side();
    const lights = view.lights();
    const bundle = {
      createdAt: new Date(now()).toISOString(),
      version: view.version,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      memory: process.memoryUsage(),
      health: view.health(),
      missing: view.missing(),
      graph: side
        ? { ...side.status(), notifications: side.counters(), accounts: side.accounts.states() }
        : null,
      // Whose status it is nobody needs; whether there is one, and how old.
      people: view.people().map(({ fresh, source, checkedAt }) => ({ fresh, source, checkedAt })),
      lights,
      // The chain says names in its sentences.
      why: lights.map(({ id }) => ({
        light: id,
        links: view.lightHealth(id)?.links.map(({ part, ok, age, code }) => ({ part, ok, age, code })),
      })),
      metrics: metrics.all(),
      config: config.view(),
    };
    return redacted(bundle) as object;
  };
}
