/** What somebody who helps must know, and nobody's name, address or secret. */
import { withoutSecrets } from '../log.ts';
import type { ConfigPort } from '../web/ports.ts';
import type { View } from '../web/view.ts';
import type { GraphRoom } from './graph.ts';
import type { Metrics } from './metrics.ts';

/** Keys whose words come out of a list of ours, so that nothing private can stand there. All other words are struck out. */
const plain =
  /^(access|activity|availability|class|cloud|code|color|color_mode|combine|common|dark|days|effect|from|kind|mode|onStop|order|protocol|restart|share|signIn|slot|source|state|status|to|type|via|way|zone|on|short|double|long|for|fw|board|espruino|part|outcome|suffix|help|le|since|until|checkedAt|expiresAt|startedAt|createdAt|lastGraphContact|version|node|platform|light|missing|metric|what)$/;
/** Keys of sentences of ours, which may quote somebody else's. */
const sentences = /^(why|error|lastError|means|next|text)$/;
/** Lists of ids: which one it is can be followed, who it is not. */
const peopleKeys = /^(people|shows|groups)$/;

const quoted: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z]+:\/\/[^\s,;)]+/gi, '<url>'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{1,3}(\.\d{1,3}){3}\b/g, '<ip>'],
  [/(?<![\w<])\/[\w.@/-]+/g, '<path>'],
  [/\b[\w-]+(\.[\w-]+)*\.(com|net|org|io|local|lan|de|onmicrosoft\.com|example)\b/gi, '<name>'],
];
const struck = '<struck out>';

/** Redacts; `names` are the ids of people and groups, which become person-1 and the like. */
export function createRedaction(names: ReadonlyMap<string, string>): (value: unknown) => unknown {
  const known = [...names].sort(([a], [b]) => b.length - a.length);
  const sentence = (text: string) =>
    known.reduce(
      (left, [name, alias]) => left.replace(new RegExp(`(?<![\\w-])${escaped(name)}(?![\\w-])`, 'g'), alias),
      quoted.reduce((left, [pattern, word]) => left.replace(pattern, word), withoutSecrets(text)),
    );

  function walk(value: unknown, key: string, parent: string): unknown {
    if (Array.isArray(value)) return value.map((item) => walk(item, key, parent));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner, name, key)]));
    }
    if (typeof value !== 'string') return value;
    if (peopleKeys.test(key) || (key === 'id' && peopleKeys.test(parent))) return names.get(value) ?? struck;
    if (key === 'id' || key === 'lights') return value;
    if (sentences.test(key)) return sentence(value);
    return plain.test(key) ? value : struck;
  }
  return (value) => walk(value, '', '');
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export function createSupport(rooms: {
  view: View;
  graph: GraphRoom;
  metrics: Metrics;
  config: ConfigPort;
  now: () => number;
}): () => object {
  const { view, graph, metrics, config, now } = rooms;

  function namesNow(): Map<string, string> {
    const { people = [], groups = [] } = config.view().value as Record<
      string,
      { id?: string; name?: string }[]
    >;
    const all = view.people();
    const names = new Map<string, string>();
    for (const [list, word] of [
      [[...people, ...all], 'person'],
      [groups, 'group'],
    ] as const) {
      for (const { id } of list) if (id && !names.has(id)) names.set(id, `${word}-${names.size + 1}`);
      for (const { id, name } of list) if (id && name && !names.has(name)) names.set(name, names.get(id)!);
    }
    return names;
  }

  return () => {
    const side = graph.side();
    const lights = view.lights();
    const { value, editable, restart, refused } = config.view();
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
      // What is wrong with a file may quote it; where it is wrong is enough.
      config: {
        editable,
        restart,
        refusedAt: refused ? Number(/:(\d+):/.exec(refused)?.[1] ?? 0) : null,
        value,
      },
    };
    return { ...(createRedaction(namesNow())(bundle) as object), metrics: metrics.all() };
  };
}
