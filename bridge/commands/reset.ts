/** `doorlight reset`: back to the state of the first day. */
import { resetIfWanted, wantReset } from '../kept-files.ts';
import { takeLock } from '../lock.ts';
import { openStore } from '../store.ts';
import { askBridge } from './beside-bridge.ts';
import { defaultConfigFile, readArguments, refusePositionals, UsageError } from './options.ts';

export const help = `doorlight reset --yes [--config FILE] [--data DIR] [--json]

Erases the configuration, Microsoft's tokens, users, lamps' keys, certificates and every other setting. A running
bridge does it by starting anew. There is no way back but "doorlight restore".`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { yes: { type: 'boolean', default: false } });
  if (values.help) {
    console.log(help);
    return 0;
  }
  refusePositionals(positionals);
  if (!values.yes) throw new UsageError('This erases tokens, users, lights and settings: say so with --yes.');
  const store = openStore(values.data);
  const beside = (await askBridge(store, 'GET', '/readyz')) !== undefined;
  wantReset(values.data);
  if (beside) await askBridge(store, 'POST', '/restart');
  else {
    const unlock = takeLock(store);
    try {
      resetIfWanted(values.config ?? defaultConfigFile, values.data);
    } finally {
      unlock();
    }
  }
  const words = beside
    ? 'The bridge ends now, and erases everything as it starts again.'
    : 'Everything is erased.';
  console.log(values.json ? JSON.stringify({ erased: !beside, restarting: beside }) : words);
  return 0;
}
