/** Which command, and which exit code (contract section 1). */
import { version } from './assets.ts';
import { UsageError } from './commands/options.ts';
import { ConfigError } from './config/load.ts';

interface Command {
  run(args: string[]): Promise<number>;
  help: string;
}

/** Loaded when it is asked for, so that the bridge does not carry the simulator. */
const commands: Record<string, () => Promise<Command>> = {
  start: () => import('./commands/start.ts'),
  demo: () => import('./commands/demo.ts'),
  check: () => import('./commands/check.ts'),
  'sign-in': () => import('./commands/sign-in.ts'),
  light: () => import('./commands/light.ts'),
  user: () => import('./commands/user.ts'),
  backup: () => import('./commands/backup.ts'),
  restore: () => import('./commands/restore.ts'),
  reset: () => import('./commands/reset.ts'),
  update: () => import('./commands/update.ts'),
  dark: () => import('./commands/dark.ts'),
  simulate: () => import('./commands/simulate.ts'),
};

const help = `doorlight ${version}: Microsoft Teams presence on a light

  doorlight start              the bridge; the demo where there is no doorlight.yaml
  doorlight demo               the whole system on a stand-in for Microsoft Graph
  doorlight check              what is wrong with the configuration and the surroundings
  doorlight sign-in            sign in to Microsoft with a device code
  doorlight light              list, add, remove or find lights
  doorlight user               list, add or remove MQTT consumers
  doorlight backup FILE        everything for a move to a new card, under a passphrase
  doorlight restore FILE       the other way round
  doorlight reset              erases tokens, users, lights and settings
  doorlight update             takes a signed release, and goes back if it does not get ready
  doorlight dark               set lights on USB dark after the bridge has ended
  doorlight simulate graph     the stand-in for Microsoft Graph on its own

Each takes --help, --config FILE, --data DIR and --json.`;

async function main(args: string[]): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    console.log(help);
    return args.length === 0 ? 2 : 0;
  }
  if (name === '--version') {
    console.log(version);
    return 0;
  }
  if (!Object.hasOwn(commands, name)) {
    throw new UsageError(`There is no command "${name}": there are ${Object.keys(commands).join(', ')}.`);
  }
  return (await commands[name]!()).run(rest);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const debug = process.env['LOG_LEVEL'] === 'debug';
  const { message } = error as Error;
  console.error(debug ? error : message);
  // A script that reads our output finds the reason where it looks.
  if (process.argv.includes('--json')) console.log(JSON.stringify({ error: message }));
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}
