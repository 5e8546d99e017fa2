/** doorlight.yaml -> Config, with every fault of the file listed at once. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Value from 'typebox/value';
import { type Document, isScalar, LineCounter, type Node, visit } from 'yaml';
import { type Fault, faultsOf } from './faults.ts';
import { inconsistencies } from './inconsistencies.ts';
import { type Config, ConfigSchema, lightKinds } from './schema.ts';
import { plainYaml, readYaml } from './yaml.ts';

/** The configuration is missing, unreadable or wrong: exit code 2, one line per fault. */
export class ConfigError extends Error {
  /** Each fault of the content by itself; empty when it is the file as such. */
  readonly faults: readonly Fault[];

  constructor(message: string, faults: readonly Fault[] = []) {
    super(message);
    this.faults = faults;
  }
}

/**
 * Reads and checks a configuration file.
 * @throws ConfigError naming file, line, key and what was expected
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv = process.env): Config {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(unreadable(file, (error as NodeJS.ErrnoException).code));
  }
  return parseConfig(source, file, env);
}

/** The same for a text; `file` is named in errors, and paths in the configuration are relative to its folder. */
export function parseConfig(source: string, file: string, env: NodeJS.ProcessEnv = {}): Config {
  const lines = new LineCounter();
  const document = readYaml(source, lines);
  if (document.errors.length > 0) {
    // The first one says all; the others are its echoes.
    throw new ConfigError(yamlError(file, document.errors[0]!));
  }
  const faults = substitute(document, env);
  let value = withDefaults(document.toJS());
  let wrong = faultsOf(ConfigSchema, value);
  if (typed(document, wrong, source)) {
    value = withDefaults(document.toJS());
    wrong = faultsOf(ConfigSchema, value);
  }
  // What is not set is one fault, and not a wrong value besides.
  const unset = new Set(faults.map(({ path }) => path.join('/')));
  faults.push(...wrong.filter(({ path }) => !unset.has(path.join('/'))));
  if (wrong.length === 0) faults.push(...inconsistencies(value));
  if (faults.length > 0) {
    throw new ConfigError(
      faults
        .map((fault) => `${file}:${lineOf(document, lines, fault)}: ${keyOf(fault.path)}${fault.message}`)
        .join('\n'),
      faults,
    );
  }
  return withAbsolutePaths(value, dirname(resolve(file)));
}

/** A copy with every default filled in; it may still be wrong. */
export function withDefaults(read: unknown): Config {
  const value = Value.Default(ConfigSchema, Value.Clone(read ?? {})) as Config;
  if (!Array.isArray(value?.lights)) return value;
  value.lights = value.lights.map((light) => {
    const schema = Object.hasOwn(lightKinds, light?.kind ?? '') ? lightKinds[light.kind] : undefined;
    return schema ? (Value.Default(schema, light) as typeof light) : light;
  });
  return value;
}

function unreadable(file: string, code: string | undefined): string {
  if (code === 'ENOENT') {
    return `The configuration file ${file} does not exist: create it, name another with --config, or run "doorlight demo".`;
  }
  if (code === 'EISDIR') return `The configuration ${file} is a directory: name the YAML file in it.`;
  return `The configuration file ${file} cannot be read (${code}): check its permissions.`;
}

function yamlError(
  file: string,
  error: { message: string; linePos?: [{ line: number }, ...unknown[]] },
): string {
  const reason = error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
  return `${file}:${error.linePos?.[0].line ?? 1}: not valid YAML: ${reason}`;
}

/** Replaces `${NAME}` in every scalar of the document; an unset name is a fault. */
function substitute(document: Document, env: NodeJS.ProcessEnv): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string') return;
      node.value = node.value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
        const value = env[name];
        if (value !== undefined) return value;
        faults.push({
          path: pathTo(node, ancestors as Node[]),
          message: `\${${name}} is not set: set this environment variable, or write the value here`,
        });
        return '';
      });
    },
  });
  return faults;
}

/**
 * Everything in the environment is text. Where that is refused and a whole value came from there, it is what it would
 * be if it were typed here: a port, or true. False when there is none.
 */
function typed(document: Document, wrong: readonly Fault[], source: string): boolean {
  const written = readYaml(source);
  const numbers = wrong.flatMap(({ path }) => {
    if (!/^\$\{\w+\}$/.test(String(written.getIn(path)))) return [];
    const value = plainYaml(String(document.getIn(path)));
    return typeof value === 'number' || typeof value === 'boolean' ? [{ path, value }] : [];
  });
  for (const { path, value } of numbers) document.setIn(path, value);
  return numbers.length > 0;
}

function pathTo(node: Node, ancestors: readonly unknown[]): (string | number)[] {
  const path: (string | number)[] = [];
  const chain = [...ancestors, node];
  chain.forEach((ancestor, index) => {
    const pair = ancestor as { key?: unknown; items?: unknown[] };
    if (isScalar(pair.key)) path.push(String(pair.key.value));
    const next = chain[index + 1];
    if (Array.isArray(pair.items) && isScalarOrMap(next)) path.push(pair.items.indexOf(next));
  });
  return path;
}

const isScalarOrMap = (node: unknown): boolean =>
  typeof node === 'object' && node !== null && !('key' in node);

function lineOf(document: Document, lines: LineCounter, fault: Fault): number {
  for (let length = fault.path.length; length > 0; length--) {
    const parent = document.getIn(fault.path.slice(0, length - 1), true) as { items?: unknown[] } | undefined;
    const last = fault.path[length - 1];
    const pair = parent?.items?.find(
      (item) =>
        isScalar((item as { key?: unknown }).key) && (item as { key: { value: unknown } }).key.value === last,
    ) as { key: Node } | undefined;
    const node = pair?.key ?? (document.getIn(fault.path.slice(0, length), true) as Node | undefined);
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function keyOf(path: (string | number)[]): string {
  const key = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return key ? `${key.replace(/^\./, '')}: ` : '';
}

function withAbsolutePaths(config: Config, folder: string): Config {
  if (config.microsoft?.caFile) config.microsoft.caFile = resolve(folder, config.microsoft.caFile);
  const certificate = config.microsoft?.clientCertificate;
  if (certificate) {
    certificate.cert = resolve(folder, certificate.cert);
    certificate.key = resolve(folder, certificate.key);
  }
  for (const at of [config.mqtt, config.mqtt.mirror]) {
    if (at?.caFile) at.caFile = resolve(folder, at.caFile);
  }
  for (const rule of config.quiet) if (rule.holidays) rule.holidays = resolve(folder, rule.holidays);
  const ofWeb = config.web.tls;
  if (ofWeb) config.web.tls = { cert: resolve(folder, ofWeb.cert), key: resolve(folder, ofWeb.key) };
  const tls = config.mqtt.listen.tls;
  if (tls) config.mqtt.listen.tls = { cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) };
  return config;
}
