/** doorlight.yaml -> Config, with every fault of the file listed at once. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Value from 'typebox/value';
import { type Document, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { type Fault, faultsOf } from './faults.ts';
import { type Config, ConfigSchema, lightKinds } from './schema.ts';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

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
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: true });
  if (document.errors.length > 0) {
    // The first one says all; the others are its echoes.
    throw new ConfigError(yamlError(file, document.errors[0]!));
  }
  const faults = substitute(document, env);
  const read: unknown = document.toJS() ?? {};
  const value = withDefaults(read);
  const wrong = faultsOf(ConfigSchema, value);
  faults.push(...wrong);
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

/** What the schema cannot say: references, duplicates, and times that contradict each other. */
function inconsistencies(config: Config): Fault[] {
  const faults: Fault[] = [
    ...duplicates(
      'people',
      config.people.map((person) => person.id),
    ),
    ...duplicates(
      'groups',
      config.groups.map((group) => group.id),
    ),
    ...duplicates('microsoft.accounts', config.microsoft?.accounts ?? []),
    ...duplicates(
      'lights',
      config.lights.map((light) => light.id),
    ),
    ...duplicates(
      'mqtt.users',
      config.mqtt.users.map((user) => user.username),
    ),
  ];
  const people = new Set([...config.people, ...config.groups].map(({ id }) => id));
  config.groups.forEach((group, index) => {
    if (!config.people.some((person) => person.id === group.id)) return;
    faults.push({
      path: ['groups', index, 'id'],
      message: `${JSON.stringify(group.id)} is the id of a person: choose another`,
    });
  });
  config.lights.forEach((light, index) => {
    light.shows.forEach((person, position) => {
      // With groups, an object id may be that of a member.
      if (people.has(person) || (config.groups.length > 0 && guid.test(person))) return;
      const known = people.size > 0 ? `one of ${[...people].join(', ')}` : 'an id listed under people:';
      faults.push({
        path: ['lights', index, 'shows', position],
        message: `${JSON.stringify(person)} is nobody under people: expected ${known}`,
      });
    });
  });
  faults.push(...usbFaults(config.lights));
  config.lights.forEach((light, index) => {
    if (!('via' in light) || light.via !== 'mirror' || config.mqtt.mirror) return;
    faults.push({
      path: ['lights', index, 'via'],
      message: 'mirror needs mqtt.mirror, or choose main',
    });
  });
  config.lights.forEach((light, index) => {
    if (light.kind !== 'espruino') return;
    const { type, pins } = light.leds;
    if ((type === 'rgb' || type === 'traffic') && !pins) {
      const example =
        type === 'rgb' ? '[13, 14, 27] for red, green, blue' : '[13, 14, 27] for red, yellow, green';
      faults.push({ path: ['lights', index, 'leds'], message: `${type} needs pins, such as ${example}` });
    }
  });
  if (config.mqtt.mirror && config.mqtt.broker !== 'embedded') {
    faults.push({
      path: ['mqtt', 'mirror'],
      message: 'a mirror goes with the embedded broker only: leave mqtt.broker or mqtt.mirror out',
    });
  }
  const lightIds = new Set(config.lights.map((light) => light.id));
  config.mqtt.users.forEach((user, index) => {
    if (lightIds.has(user.username)) {
      faults.push({
        path: ['mqtt', 'users', index, 'username'],
        message: `${JSON.stringify(user.username)} is the id of a light, whose account it would share: choose another`,
      });
    }
  });
  if (config.looks['unknown']?.effect === 'off') {
    faults.push({
      path: ['looks', 'unknown', 'effect'],
      message: 'unknown is never dark: choose another effect',
    });
  }
  const { pollSeconds, reconcileSeconds, staleAfterSeconds } = config.source;
  const least = 2 * Math.max(pollSeconds, reconcileSeconds);
  if (staleAfterSeconds < least) {
    faults.push({
      path: ['source', 'staleAfterSeconds'],
      message: `expected at least ${least}, twice pollSeconds and reconcileSeconds, got ${staleAfterSeconds}`,
    });
  }
  faults.push(...signInFaults(config), ...quietFaults(config));
  if (config.source.mode === 'push' && !config.source.publicUrl) {
    faults.push({
      path: ['source', 'mode'],
      message: 'push needs publicUrl beside it, or choose auto or poll',
    });
  }
  return faults;
}

/** Most LEDs that a WLED reads rightly from a TPM2 frame (bridge/lights/serial/tpm2.ts). */
const mostTpm2Leds = 85;

/** What USB lights cannot be together, or with their protocol. */
function usbFaults(lights: Config['lights']): Fault[] {
  const faults: Fault[] = [];
  const devices = new Map<string, string>();
  lights.forEach((light, index) => {
    if (light.kind !== 'serial' && light.kind !== 'hid') return;
    const other = devices.get(light.device);
    if (other !== undefined && light.device !== 'auto') {
      faults.push({
        path: ['lights', index, 'device'],
        message: `the light ${other} has this device already: one device is one light`,
      });
    }
    devices.set(light.device, light.id);
    if (light.kind === 'serial' && light.protocol === 'tpm2' && light.leds.count > mostTpm2Leds) {
      faults.push({
        path: ['lights', index, 'leds', 'count'],
        message: `expected at most ${mostTpm2Leds} with tpm2: choose the protocol adalight or wled for more`,
      });
    }
    const channels = light.kind === 'serial' ? Object.values(light.channels) : [];
    if (new Set(channels).size < channels.length) {
      faults.push({ path: ['lights', index, 'channels'], message: 'two colours share one channel' });
    }
  });
  return faults;
}

/** What each way of signing in needs beside it. */
function signInFaults({ microsoft, source }: Config): Fault[] {
  if (!microsoft) return [];
  const faults: Fault[] = [];
  const path = ['microsoft', 'signIn'];
  if (microsoft.clientSecret && microsoft.clientCertificate) {
    faults.push({
      path: ['microsoft', 'clientSecret'],
      message: 'clientSecret and clientCertificate are both there: keep one of them',
    });
  }
  if (microsoft.signIn !== 'app') return faults;
  if (!microsoft.clientSecret && !microsoft.clientCertificate) {
    faults.push({ path, message: 'app needs clientSecret or clientCertificate beside it' });
  }
  if (microsoft.accounts.length > 1) {
    faults.push({ path, message: 'app signs in as itself, so accounts lists one name only' });
  }
  if (source.mode === 'push') {
    faults.push({
      path,
      message:
        'app can only poll, because Graph allows presence push to users only: choose source.mode auto or poll',
    });
  }
  return faults;
}

function quietFaults({ quiet, lights }: Config): Fault[] {
  const ids = lights.map((light) => light.id);
  const day = '(sun|mon|tue|wed|thu|fri|sat)';
  const days = new RegExp(`^${day}(-${day})?$`, 'i');
  return quiet.flatMap((rule, index) => {
    const path = ['quiet', index];
    const unknown = rule.lights === 'all' ? [] : rule.lights.filter((id) => !ids.includes(id));
    return [
      ...unknown.map((id) => ({ path: [...path, 'lights'], message: `${JSON.stringify(id)} is no light` })),
      ...rule.days
        .filter((word) => !days.test(word))
        .map((word) => ({
          path: [...path, 'days'],
          message: `expected days such as mon-fri or sat, got ${JSON.stringify(word)}`,
        })),
      ...(rule.zone && !isZone(rule.zone)
        ? [
            {
              path: [...path, 'zone'],
              message: `expected an IANA time zone such as Europe/Berlin, got ${JSON.stringify(rule.zone)}`,
            },
          ]
        : []),
    ];
  });
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

function duplicates(list: string, ids: string[]): Fault[] {
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [
          {
            path: [...list.split('.'), index],
            message: `${JSON.stringify(id)} is there twice: ids are unique`,
          },
        ],
  );
}

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
