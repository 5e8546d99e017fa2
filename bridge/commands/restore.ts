/** `doorlight restore FILE`: lays down what a backup holds, on a machine where no bridge is running. */
import { existsSync, readFileSync } from 'node:fs';
import { openBackup } from '../backup.ts';
import { takeLock } from '../lock.ts';
import { finishRestore, stageRestore } from '../restore.ts';
import { openStore } from '../store.ts';
import { defaultConfigFile, readArguments, refusePositionals, UsageError } from './options.ts';
import { secretFrom } from './secret.ts';

export const help = `doorlight restore FILE [--yes] [--config FILE] [--data DIR] [--json]

Lays down what "doorlight backup" wrote into FILE ("-" is the standard input). The bridge must not run. What is
there already is replaced only with --yes. The passphrase is asked for, or DOORLIGHT_BACKUP_PASSPHRASE.`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { yes: { type: 'boolean', default: false } });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const [file, ...rest] = positionals;
  refusePositionals(rest);
  if (!file) throw new UsageError('From which file? doorlight restore FILE');
  const configFile = values.config ?? defaultConfigFile;
  const bytes = read(file);
  const store = openStore(values.data);
  const unlock = takeLock(store);
  try {
    if (existsSync(configFile) && !values.yes)
      throw new UsageError(
        `${configFile} is there already: --yes replaces it and everything in ${values.data}.`,
      );
    const passphrase = await secretFrom('DOORLIGHT_BACKUP_PASSPHRASE', 'The passphrase of the backup: ');
    const { madeAt, doorlight, ...kept } = await openBackup(bytes, passphrase);
    stageRestore(kept, configFile, values.data);
    finishRestore(configFile, values.data);
    console.log(
      values.json
        ? JSON.stringify({ file, madeAt, doorlight })
        : `Restored what Doorlight ${doorlight} kept on ${madeAt}. Start the bridge now.`,
    );
    return 0;
  } finally {
    unlock();
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
