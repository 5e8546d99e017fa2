/** Changes to the text of doorlight.yaml by path, as the API speaks of them: what is not named stays as it was typed. */
import { type Document, isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml';
import { readYaml, writeYaml } from './yaml.ts';

/** `path`: keys joined by `/`; in a list of things with ids, the id. `value` null takes it away. */
export interface Change {
  path: string;
  value: unknown;
}

/** What stands for a secret in an answer; sent back, it leaves the secret as it is. */
export const secretMarker = '********';

/** A change that names nothing there can be. */
export class ChangeError extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** The key by which each list of things is addressed. */
const idKeys: Readonly<Record<string, string>> = {
  people: 'id',
  groups: 'id',
  lights: 'id',
  'mqtt/users': 'username',
};

/** The text with all changes made. @throws ChangeError, and what is wrong with the result is for parseConfig to say */
export function changed(text: string, changes: readonly Change[]): string {
  const document = readYaml(text);
  // An empty file, or one of comments only.
  if (!isMap(document.contents))
    document.contents = document.createNode({}) as unknown as typeof document.contents;
  for (const change of changes) apply(document, change);
  return writeYaml(document);
}

/** A fault's path (keys and positions) as the API says it: with ids. `value` is the configuration as plain data. */
export function apiPath(value: unknown, path: readonly (string | number)[]): string {
  let at = value;
  const said: string[] = [];
  for (const step of path) {
    const idKey = idKeys[said.join('/')];
    at = (at as Record<string | number, unknown> | undefined)?.[step];
    const id = idKey && (at as Record<string, unknown> | undefined)?.[idKey];
    said.push(typeof id === 'string' ? id : String(step));
  }
  return said.join('/');
}

function apply(document: Document, { path, value }: Change): void {
  const steps = path.split('/');
  if (path === '' || steps.some((step) => step === '' || step === '__proto__')) {
    throw new ChangeError(path, 'expected keys joined by slashes, such as lights/door-204/brightness');
  }
  const real: (string | number)[] = [];
  for (const [index, step] of steps.entries()) {
    const list = steps.slice(0, index).join('/');
    const idKey = idKeys[list];
    const node = document.getIn(real, true);
    const isLast = index === steps.length - 1;
    if (idKey) {
      const position = positionOf(node, idKey, step);
      if (position !== undefined) real.push(position);
      else if (value === null) return;
      else if (!isLast) throw new ChangeError(path, `there is no ${step} in ${list}`);
      else {
        append(document, real, { [idKey]: step, ...asObject(path, value) });
        return;
      }
    } else real.push(isSeq(node) && /^\d{1,4}$/.test(step) ? Number(step) : step);
  }
  if (value === null) document.deleteIn(real);
  else put(document, real, value);
}

function asObject(path: string, value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ChangeError(path, 'expected a section with keys');
}

function positionOf(node: unknown, idKey: string, id: string): number | undefined {
  if (!isSeq(node)) return undefined;
  const position = node.items.findIndex((item) => isMap(item) && (item as YAMLMap).get(idKey) === id);
  return position < 0 ? undefined : position;
}

function append(document: Document, path: (string | number)[], value: object): void {
  const node = document.createNode(unmarked(document, [...path, 'new 1'], value), { flow: true });
  const list = document.getIn(path, true);
  if (isSeq(list)) (list as YAMLSeq).add(node);
  else document.setIn(path, document.createNode([node]));
}

/** Sections are merged key by key, so that comments and what the marker stands for stay. */
function put(document: Document, path: (string | number)[], value: unknown): void {
  if (value === secretMarker) return;
  const node = document.getIn(path, true);
  const isSection = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isSection && isMap(node)) {
    const next = value as Record<string, unknown>;
    for (const { key } of [...node.items]) {
      const name = String((key as { value?: unknown }).value ?? key);
      if (!Object.hasOwn(next, name)) document.deleteIn([...path, name]);
    }
    for (const [name, inner] of Object.entries(next)) {
      if (inner === null) document.deleteIn([...path, name]);
      else put(document, [...path, name], inner);
    }
    return;
  }
  const last = path.at(-1);
  const nested = path.length > 1 || !isSection;
  if (last === undefined) throw new ChangeError('', 'expected a path');
  if (JSON.stringify(document.getIn(path)) === JSON.stringify(value)) return;
  const whole = unmarked(document, path, value);
  document.setIn(path, typeof whole === 'object' ? document.createNode(whole, { flow: nested }) : whole);
}

/** What a thing in a list is known by, so that it is found again wherever it stands. */
const namesOf = ['id', 'username', 'url'];

function isSame(one: unknown, other: unknown): boolean {
  const name = namesOf.find((key) => (other as Record<string, unknown> | null)?.[key] !== undefined);
  const named = (of: unknown) => (of as Record<string, unknown> | null)?.[name ?? ''];
  return name !== undefined && named(one) === named(other);
}

/** A new value with what each marker in it stands for. @throws ChangeError where there is nothing that it could */
function unmarked(document: Document, path: (string | number)[], value: unknown): unknown {
  if (Array.isArray(value)) {
    const before = (document.getIn(path) as { toJSON?(): unknown } | undefined)?.toJSON?.();
    return value.map((item, index) => {
      const same = Array.isArray(before) ? before.findIndex((one) => isSame(one, item)) : -1;
      return unmarked(document, [...path, same < 0 ? `new ${index + 1}` : same], item);
    });
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, unmarked(document, [...path, key], inner)]),
    );
  }
  if (value !== secretMarker) return value;
  const kept: unknown = path.some((step) => String(step).startsWith('new '))
    ? undefined
    : document.getIn(path);
  if (typeof kept === 'string') return kept;
  throw new ChangeError(path.join('/'), 'expected the secret itself, because there is none to keep');
}
