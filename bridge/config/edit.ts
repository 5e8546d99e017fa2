/** Changing doorlight.yaml for the user: comments and `${NAME}` stay, and only a file that is good is written. */
import { readFileSync, statSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { isMap, isSeq, type YAMLMap } from 'yaml';
import { ConfigError, loadConfig, parseConfig } from './load.ts';
import { readYaml, writeYaml } from './yaml.ts';

type List = readonly ['lights'] | readonly ['mqtt', 'users'];

/**
 * Adds an entry to a list of the file; false when one with the same `key` is there already.
 * @throws ConfigError when the file is wrong, or would be
 */
export async function addEntry(
  file: string,
  list: List,
  key: string,
  entry: Record<string, unknown>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  const document = open(file, env);
  if (find(document.getIn(list, true), key, entry[key]) !== undefined) return false;
  const node = document.createNode(entry, { flow: true });
  if (isSeq(document.getIn(list, true))) document.addIn(list, node);
  else document.setIn(list, document.createNode([node]));
  await write(file, writeYaml(document), env);
  return true;
}

/** Removes the entry whose `key` has this value; false when there is none. @throws ConfigError */
export async function removeEntry(
  file: string,
  list: List,
  key: string,
  value: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  const document = open(file, env);
  const index = find(document.getIn(list, true), key, value);
  if (index === undefined) return false;
  document.deleteIn([...list, index]);
  await write(file, writeYaml(document), env);
  return true;
}

function open(file: string, env: NodeJS.ProcessEnv) {
  // Said before anything is changed, with the reasons that a start would give.
  loadConfig(file, env);
  return readYaml(readFileSync(file, 'utf8'));
}

function find(list: unknown, key: string, value: unknown): number | undefined {
  if (!isSeq(list)) return undefined;
  const index = list.items.findIndex((item) => isMap(item) && (item as YAMLMap).get(key) === value);
  return index < 0 ? undefined : index;
}

async function write(file: string, text: string, env: NodeJS.ProcessEnv): Promise<void> {
  parseConfig(text, file, env);
  try {
    await writeFileAtomic(file, text, { mode: statSync(file).mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `The configuration file ${file} cannot be written (${code}): check its permissions.`,
    );
  }
}
