/** `doorlight user`: the MQTT consumers of the configuration, and their minted passwords. */
import { addEntry, removeEntry } from '../config/edit.ts';
import { loadConfig } from '../config/load.ts';
import { environmentOf } from '../config/secrets.ts';
import { askSecret } from './ask-secret.ts';
import { takenUp, withCredentials } from './beside-bridge.ts';
import { defaultConfigFile, readArguments, refusePositionals, UsageError } from './options.ts';

export const help = `doorlight user list
doorlight user add NAME --access read|control|all [--choose-password]
doorlight user remove NAME
doorlight user revoke-all

add writes the entry into the configuration, unless it is there, and shows a new password once; or it asks for
one of your choice (or takes DOORLIGHT_MQTT_PASSWORD).
revoke-all voids every MQTT password and every lamp's key at once, those in the configuration, too.
Each takes --config, --data and --json.`;

const accesses = ['read', 'control', 'all'];

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    access: { type: 'string' },
    'choose-password': { type: 'boolean', default: false },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const [action, name, ...rest] = positionals;
  refusePositionals(rest);
  const file = values.config ?? defaultConfigFile;
  const { data, json } = values;
  if (action === 'list') return list({ file, data, json });
  if (action === 'revoke-all') return await revokeAll({ file, data, json });
  if (action !== 'add' && action !== 'remove') {
    throw new UsageError(
      'What is to be done with users? There are list, add, remove and revoke-all. Try --help.',
    );
  }
  if (!name) throw new UsageError(`Which user? Use "doorlight user ${action} NAME".`);
  return action === 'add'
    ? await add({ file, data, json, name }, values.access, values['choose-password'])
    : await remove({ file, data, json, name });
}

interface Context {
  file: string;
  data: string;
  json: boolean;
  name: string;
}

function list({ file, data, json }: Omit<Context, 'name'>): number {
  const users = loadConfig(file, environmentOf(data)).mqtt.users.map(({ username, access }) => ({
    username,
    access,
  }));
  if (json) console.log(JSON.stringify(users));
  else for (const { username, access } of users) console.log(`${username.padEnd(24)} ${access}`);
  return 0;
}

async function add(
  { file, data, json, name }: Context,
  wanted: string | undefined,
  choose: boolean,
): Promise<number> {
  const there = loadConfig(file, environmentOf(data)).mqtt.users.find((user) => user.username === name);
  const access = wanted ?? there?.access;
  if (!access || !accesses.includes(access))
    throw new UsageError(`--access takes one of ${accesses.join(', ')}.`);
  if (there && there.access !== access) {
    throw new UsageError(`User ${name} is there already, with access ${there.access}: remove it first.`);
  }
  if (there?.password) throw new UsageError(`User ${name} has a password in ${file}: change it there.`);
  const chosen = choose ? await chosenPassword() : undefined;
  return await withCredentials(data, async (credentials, beside) => {
    const added = await addEntry(
      file,
      ['mqtt', 'users'],
      'username',
      { username: name, access },
      environmentOf(data),
    );
    const told = beside ? await takenUp(data, 'The running bridge lets this user in.') : undefined;
    const password = chosen === undefined ? await credentials.mintUser(name) : undefined;
    if (chosen !== undefined) await credentials.chooseUser(name, chosen);
    if (json) console.log(JSON.stringify({ username: name, access, added, password }));
    else {
      console.log(
        password === undefined
          ? `${name} has the password that you chose.`
          : `The password of ${name}, shown only now: ${password}`,
      );
      if (told) console.log(told);
    }
    return 0;
  });
}

async function remove({ file, data, json, name }: Context): Promise<number> {
  return await withCredentials(data, async (credentials, beside) => {
    const removed = await removeEntry(file, ['mqtt', 'users'], 'username', name, environmentOf(data));
    const told = beside
      ? await takenUp(data, `User ${name} is gone, and is cut off.`)
      : `User ${name} is gone.`;
    await credentials.removeUser(name);
    if (!removed)
      throw new UsageError(`There is no user ${name} in ${file}: "doorlight user list" shows them.`);
    console.log(json ? JSON.stringify({ username: name, removed }) : told);
    return 0;
  });
}

const shortestPassword = 8;

/** @throws UsageError when it is too short to be one */
async function chosenPassword(): Promise<string> {
  const password = await askSecret('Password: ', 'DOORLIGHT_MQTT_PASSWORD');
  if (password.length >= shortestPassword) return password;
  throw new UsageError(`A password of your choice has at least ${shortestPassword} characters.`);
}

async function revokeAll({ file, data, json }: Omit<Context, 'name'>): Promise<number> {
  const { users } = loadConfig(file, environmentOf(data)).mqtt;
  return await withCredentials(
    data,
    async (credentials) => {
      const revoked = await credentials.revokeAll();
      if (json) console.log(JSON.stringify({ revoked }));
      else {
        console.log(`Void from now on: ${revoked.join(', ') || 'nothing, there was no password or key'}.`);
        console.log(
          'Make new ones with "doorlight user add" and "doorlight light add", or in the configuration.',
        );
      }
      return 0;
    },
    users,
  );
}
