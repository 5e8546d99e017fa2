/**
 * Secrets that were given on the page. The file says `${DOORLIGHT_…}` in their place; they live in the data directory
 * and join the environment, where a variable of the same name wins.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretMarker } from './changes.ts';
import { ConfigSchema } from './schema.ts';

export const secretsFile = 'secrets.json';

export type KeptSecrets = Record<string, string>;

type Node = { writeOnly?: boolean; properties?: Record<string, Node>; items?: Node; anyOf?: Node[] };

/** The kept secrets of a data directory; none when there is no such file, or it is damaged. */
export function readSecrets(directory: string): KeptSecrets {
  try {
    const value = JSON.parse(readFileSync(join(directory, secretsFile), 'utf8')) as unknown;
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    );
  } catch {
    return {};
  }
}

/** The environment that `${NAME}` is looked up in. */
export const environmentWith = (secrets: KeptSecrets, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...secrets,
  ...env,
});

/** The same for a command, which does not change them. */
export const environmentOf = (directory: string): NodeJS.ProcessEnv =>
  environmentWith(readSecrets(directory), process.env);

/** A value with its literal secrets masked; `${NAME}` is none. */
export function masked(value: unknown): unknown {
  return walk(ConfigSchema as Node, value, (text) => (isReference(text) ? text : secretMarker));
}

/**
 * A changed value whose literal secrets are taken out, each into `keep` under a name made of its place; the answer is
 * the name that it got. In a list the place is what a thing is known by, not its number, which changes.
 */
export function withoutSecrets(
  path: string,
  value: unknown,
  keep: (name: string, secret: string) => string,
): unknown {
  const steps = path.split('/');
  const schema = schemaAt(path);
  if (!schema) return value;
  return walk(schema, value, (text, inner) => {
    if (text === secretMarker || isReference(text)) return text;
    const name = `DOORLIGHT_${[...steps, ...inner]
      .join('_')
      .replace(/[^A-Za-z0-9]+/g, '_')
      .toUpperCase()}`;
    return `\${${keep(name, text)}}`;
  });
}

/** Texts of a changed value that hold a `${NAME}` where no secret belongs, so that everybody would read what it stands for. */
export function shownReferences(path: string, value: unknown): string[] {
  const found: string[] = [];
  const look = (inner: unknown): void => {
    if (typeof inner === 'string' && /\$\{[A-Za-z_]\w*\}/.test(inner)) found.push(inner);
    else if (typeof inner === 'object' && inner !== null) Object.values(inner).forEach(look);
  };
  const schema = schemaAt(path);
  look(schema ? walk(schema, value, () => '') : value);
  return found;
}

function schemaAt(path: string): Node | undefined {
  let schema: Node | undefined = ConfigSchema as Node;
  for (const step of path.split('/')) schema = schema?.properties?.[step] ?? schema?.items;
  return schema;
}

function knownBy(item: unknown): string {
  const { id, username, url } = (item ?? {}) as { id?: unknown; username?: unknown; url?: unknown };
  const name = id ?? username ?? createHash('sha256').update(String(url)).digest('hex').slice(0, 8);
  return String(name);
}

/** Wholly: what stands beside a reference may be the secret itself. */
const isReference = (text: string): boolean => /^\$\{[A-Za-z_]\w*\}$/.test(text);

function walk(
  schema: Node,
  value: unknown,
  secret: (text: string, path: string[]) => unknown,
  path: string[] = [],
): unknown {
  if (schema.writeOnly && typeof value === 'string') return secret(value, path);
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item) => walk(items, item, secret, [...path, knownBy(item)])) : value;
  }
  if (typeof value !== 'object' || value === null || !schema.properties) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const node = schema.properties![key];
      return [key, node ? walk(node, inner, secret, [...path, key]) : inner];
    }),
  );
}
