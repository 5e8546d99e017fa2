/** `doorlight backup FILE`: everything needed to move to a new card, in one file that only its passphrase opens. */
import { basename } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { systemClock } from '../../protocol/clock.ts';
import { version } from '../assets.ts';
import { sealBackup, shortestPassphrase } from '../backup.ts';
import { collect } from '../kept-files.ts';
import { openStore } from '../store.ts';
import { defaultConfigFile, readArguments, refusePositionals, UsageError } from './options.ts';
import { secretFrom } from './secret.ts';

export const help = `doorlight backup FILE [--config FILE] [--data DIR] [--json]

Writes the configuration, the files beside it that it names, and the data directory with every token, key and
password into FILE ("-" is the standard output), under a passphrase of ${shortestPassphrase} characters or more: asked for, or
DOORLIGHT_BACKUP_PASSPHRASE. The bridge may run meanwhile. What comes from the environment is not in it.`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {});
  if (values.help) {
    console.log(help);
    return 0;
  }
  const [file, ...rest] = positionals;
  refusePositionals(rest);
  if (!file) throw new UsageError('Into which file? doorlight backup FILE');
  const configFile = values.config ?? defaultConfigFile;
  openStore(values.data);
  const { unread, ...kept } = collect(configFile, values.data);
  if (!kept.config[basename(configFile)])
    throw new UsageError(`${configFile} cannot be read: name the configuration with --config.`);
  const passphrase = await secretFrom('DOORLIGHT_BACKUP_PASSPHRASE', 'The passphrase of the new backup: ');
  if (passphrase.length < shortestPassphrase)
    throw new UsageError(`A passphrase has at least ${shortestPassphrase} characters.`);
  const madeAt = new Date(systemClock.now()).toISOString();
  const sealed = await sealBackup(kept, passphrase, { madeAt, doorlight: version });
  if (file === '-') process.stdout.write(sealed);
  else write(file, sealed);
  const variables = [
    ...new Set(kept.config[basename(configFile)]!.toString('utf8').match(/\$\{\w+\}/g) ?? []),
  ];
  const files = Object.keys(kept.config).length + Object.keys(kept.data).length;
  const say = file === '-' ? console.error : console.log;
  if (values.json) say(JSON.stringify({ file, files, bytes: sealed.length, variables, unread }));
  else {
    say(
      `${files} files are in ${file === '-' ? 'the backup' : file}. Without the passphrase nobody opens it, nor do you.`,
    );
    if (unread.length > 0) say(`Not in it, because the disk does not give them: ${unread.join(', ')}.`);
    if (variables.length > 0)
      say(`Not in it, because it comes from the environment: ${variables.join(', ')}.`);
  }
  return 0;
}

function write(file: string, bytes: Buffer): void {
  try {
    writeFileAtomic.sync(file, bytes, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(
      `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): name a place that this user may write, or "-" for the standard output.`,
    );
  }
}
