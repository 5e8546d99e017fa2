/** What every command takes, and how a command line is refused. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { PortFlags } from '../config/listeners.ts';

/** The command line is wrong: exit code 2, one sentence. */
export class UsageError extends Error {}

export const defaultConfigFile = './doorlight.yaml';

/** A package and a container say where their files are, so that every command finds them. */
const { DOORLIGHT_CONFIG: config, DOORLIGHT_DATA: data = './doorlight-data' } = process.env;

const common = {
  config: { type: 'string', ...(config ? { default: config } : {}) },
  data: { type: 'string', default: data },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false, short: 'h' },
} as const;

export const portOptions = {
  'web-port': { type: 'string' },
  'hooks-port': { type: 'string' },
  'mqtt-port': { type: 'string' },
  'mqtts-port': { type: 'string' },
  'probe-port': { type: 'string' },
} as const;

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads a command's arguments: `--config --data --json --help` and its own.
 * @throws UsageError
 */
export function readArguments<Own extends Options>(args: string[], own: Own) {
  try {
    return parseArgs({ args, options: { ...common, ...own }, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.\s/)[0]}. Try --help.`);
  }
}

/** @throws UsageError naming the first that is there and should not be */
export function refusePositionals(positionals: readonly string[]): void {
  if (positionals.length > 0)
    throw new UsageError(`Nothing is to be done with "${positionals[0]}". Try --help.`);
}

/** @throws UsageError for what is no port */
export function portFlags(values: { [option: string]: unknown }): PortFlags {
  const flags: PortFlags = {};
  for (const name of ['web', 'hooks', 'mqtt', 'mqtts', 'probe'] as const) {
    const text = values[`${name}-port`];
    if (text === undefined) continue;
    flags[name] = portOf(`--${name}-port`, text);
  }
  return flags;
}

/** A port from the command line; 0 is any free one. @throws UsageError */
export function portOf(option: string, text: unknown): number {
  const port = Number(text);
  if (typeof text !== 'string' || !/^\d{1,5}$/.test(text) || port > 65535) {
    throw new UsageError(`${option} takes a port from 0 (any free one) to 65535, not "${text}".`);
  }
  return port;
}
