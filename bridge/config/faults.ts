/** Schema errors as sentences: key, what was expected, the nearest known key. */
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { lightKinds } from './schema.ts';

export interface Fault {
  /** Keys and list positions from the top of the file. */
  path: (string | number)[];
  message: string;
  /** True when the key itself is the fault, not its value. */
  onKey?: boolean;
}

type Node = TSchema & {
  properties?: Record<string, Node>;
  items?: Node;
  description?: string;
  /** JSON Schema's word for a secret: its value never stands in an error. */
  writeOnly?: boolean;
  required?: string[];
  type?: string;
};

/** Every fault of `value` against `schema`, in the order of the file's schema. */
export function faultsOf(schema: TSchema, value: unknown, at: (string | number)[] = []): Fault[] {
  return walk(schema as Node, value, at);
}

function walk(schema: Node, value: unknown, path: (string | number)[]): Fault[] {
  const wrong = (): Fault[] => [
    {
      path,
      message: `expected ${expected(schema)}, got ${schema.writeOnly && value !== '' ? 'something else' : shown(value)}`,
    },
  ];
  if (schema.type === 'object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong();
    return walkObject(schema, value as Record<string, unknown>, path);
  }
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return wrong();
    return value.flatMap((item, index) => walkItem(schema.items!, item, [...path, index]));
  }
  return Value.Check(schema, value) ? [] : wrong();
}

function walkObject(schema: Node, value: Record<string, unknown>, path: (string | number)[]): Fault[] {
  const known = Object.keys(schema.properties ?? {});
  return [
    ...Object.keys(value)
      .filter((key) => !known.includes(key))
      .map((key) => ({ path: [...path, key], onKey: true, message: unknownKey(key, known) })),
    ...(schema.required ?? [])
      .filter((key) => value[key] === undefined)
      .map((key) => ({ path, message: `${key} is missing: expected ${expected(schema.properties![key]!)}` })),
    ...known
      .filter((key) => value[key] !== undefined)
      .flatMap((key) => walk(schema.properties![key]!, value[key], [...path, key])),
  ];
}

/** A light's kind decides its schema, so that a fault is told of that kind and not of all. */
function walkItem(schema: Node, item: unknown, path: (string | number)[]): Fault[] {
  if (path[0] !== 'lights' || path.length !== 2) return walk(schema, item, path);
  if (typeof item !== 'object' || item === null) {
    return [
      { path, message: `expected a light such as { id: door-204, kind: espruino }, got ${shown(item)}` },
    ];
  }
  const kind = (item as { kind?: unknown }).kind;
  const kinds = Object.keys(lightKinds);
  if (typeof kind === 'string' && Object.hasOwn(lightKinds, kind)) {
    return walk(lightKinds[kind as keyof typeof lightKinds], item, path);
  }
  return [
    kind === undefined
      ? { path, message: `kind is missing: expected one of ${kinds.join(', ')}` }
      : { path: [...path, 'kind'], message: `expected one of ${kinds.join(', ')}, got ${shown(kind)}` },
  ];
}

function expected(schema: Node): string {
  if (schema.description) return schema.description;
  if (schema.type === 'object') return 'a section';
  if (schema.type === 'array') return 'a list';
  return schema.type ?? 'another value';
}

function shown(value: unknown): string {
  if (value === null || value === '') return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section';
  return JSON.stringify(value);
}

function unknownKey(key: string, known: string[]): string {
  const near = nearest(key, known);
  const hint = near ? `; the nearest known key is ${near}` : '';
  return `unknown key${hint}; expected one of ${known.join(', ')}`;
}

/** Which of the known words was meant, most likely; nothing when there is none. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const distances = known.map((candidate) => ({ candidate, distance: distance(word, candidate) }));
  return distances.sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** Levenshtein distance, case ignored. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1]!.toLowerCase() === b[j - 1]!.toLowerCase();
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
