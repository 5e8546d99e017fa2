/** Files that the configuration names. */
import { readFileSync } from 'node:fs';
import { ConfigError } from './load.ts';

/**
 * The text of a file.
 * @param key where it is named, such as microsoft.caFile
 * @throws ConfigError naming file, key and mend
 */
export function readNamedFile(file: string, key: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `The file ${file} that ${key} names cannot be read (${code}): check the path and its permissions.`,
    );
  }
}
