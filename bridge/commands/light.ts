/** `doorlight light`: the lights of the configuration, and the keys of lamps. */

import type { LightView } from '../../protocol/payloads.ts';
import { addEntry, removeEntry } from '../config/edit.ts';
import { loadConfig } from '../config/load.ts';
import { type LightConfig, lightKinds } from '../config/schema.ts';
import { environmentOf } from '../config/secrets.ts';
import { classOf } from '../lights/drivers.ts';
import { StartError } from '../start-error.ts';
import { openStore } from '../store.ts';
import { askBridge, takenUp, withCredentials } from './beside-bridge.ts';
import { flash } from './light-flash.ts';
import { defaultConfigFile, readArguments, refusePositionals, UsageError } from './options.ts';

export const help = `doorlight light list
doorlight light add ID --kind espruino [--shows PERSON,…]
doorlight light add ID --kind serial --device DEVICE [--protocol P] [--shows PERSON,…]
doorlight light add ID --kind hid [--device DEVICE] [--protocol P] [--shows PERSON,…]
doorlight light add ID --kind wled|tasmota|zigbee2mqtt|esphome --topic TOPIC [--shows PERSON,…]
doorlight light remove ID
doorlight light identify ID
doorlight light flash ID --port DEV [--wifi SSID] [--bridge HOST] [--mqtt-user NAME] [--force]

add writes the entry into the configuration, unless it is there, and shows an espruino lamp's new key once,
or the MQTT password of another maker's lamp.
identify lets a light of the running bridge blink for ten seconds.
flash makes a lamp of a board with Espruino on the serial port DEV: firmware, settings and a new key. The Wi-Fi's
password is asked for, or taken from DOORLIGHT_WIFI_PASSWORD; an MQTT account's from DOORLIGHT_MQTT_PASSWORD.
Broken off, it is run again. --force takes a board that Doorlight does not know. Each takes --config, --data and --json.`;

interface Context {
  file: string;
  data: string;
  json: boolean;
  id: string;
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    kind: { type: 'string' },
    shows: { type: 'string', multiple: true },
    device: { type: 'string' },
    protocol: { type: 'string' },
    topic: { type: 'string' },
    port: { type: 'string' },
    wifi: { type: 'string' },
    bridge: { type: 'string' },
    'mqtt-user': { type: 'string' },
    force: { type: 'boolean' },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const [action, id, ...rest] = positionals;
  refusePositionals(rest);
  const context = {
    file: values.config ?? defaultConfigFile,
    data: values.data,
    json: values.json,
    id: id ?? '',
  };
  if (action === 'list') return await list(context);
  if (action === undefined || !['add', 'remove', 'identify', 'flash'].includes(action)) {
    throw new UsageError(
      'What is to be done with lights? There are list, add, remove, identify and flash. Try --help.',
    );
  }
  if (!id) throw new UsageError(`Which light? Use "doorlight light ${action} ID".`);
  if (action === 'remove') return await remove(context);
  if (action === 'identify') return await identify(context);
  if (action === 'flash') return await flash(context, values);
  return await add(context, values);
}

async function list({ file, data, json }: Context): Promise<number> {
  const config = loadConfig(file, environmentOf(data));
  const live = (await askBridge(openStore(data), 'GET', '/lights')) as LightView[] | undefined;
  const lights = config.lights.map((light) => {
    const { id, kind, shows } = light;
    const online = live?.find((view) => view.id === id)?.online ?? null;
    return { id, kind, class: classOf(light), shows, online };
  });
  if (json) console.log(JSON.stringify(lights));
  else {
    for (const { id, kind, class: lightClass, shows, online } of lights) {
      const state = online === null ? '' : online ? 'online' : 'offline';
      console.log(
        `${id.padEnd(24)} ${kind.padEnd(10)} ${lightClass.padEnd(6)} ${state.padEnd(8)} ${shows.join(', ')}`,
      );
    }
  }
  return 0;
}

async function add(
  { file, data, json, id }: Context,
  values: { kind?: string; shows?: string[]; device?: string; protocol?: string; topic?: string },
): Promise<number> {
  const there = loadConfig(file, environmentOf(data)).lights.find((light) => light.id === id);
  const kind = values.kind ?? there?.kind;
  if (!kind || !Object.hasOwn(lightKinds, kind)) {
    throw new UsageError(`--kind takes one of ${Object.keys(lightKinds).join(', ')}.`);
  }
  if (there && there.kind !== kind) {
    throw new UsageError(`Light ${id} is there already, and its kind is ${there.kind}: remove it first.`);
  }
  const isRelay = 'topic' in lightKinds[kind as LightConfig['kind']].properties;
  const shows = (values.shows ?? []).flatMap((people) => people.split(',')).filter(Boolean);
  return await withCredentials(data, async (credentials, beside) => {
    const device = values.device ? { device: values.device } : {};
    const protocol = values.protocol ? { protocol: values.protocol } : {};
    const topic = values.topic ? { topic: values.topic } : {};
    const added = await addEntry(
      file,
      ['lights'],
      'id',
      { id, kind, ...device, ...protocol, ...topic, shows },
      environmentOf(data),
    );
    const told = beside ? await takenUp(data, 'The running bridge has taken it up.') : undefined;
    const key = kind === 'espruino' ? await credentials.mintLamp(id) : undefined;
    const password = isRelay ? await credentials.mintUser(id) : undefined;
    if (json)
      console.log(
        JSON.stringify({ id, kind, added, ...(key ? { key } : {}), ...(password ? { password } : {}) }),
      );
    else {
      console.log(added ? `Light ${id} is in ${file}.` : `Light ${id} was in ${file} already.`);
      if (key) console.log(`Its key, shown only now: ${key}`);
      if (password) console.log(`Its MQTT user name is ${id}, its password, shown only now: ${password}`);
      if (told) console.log(told);
    }
    return 0;
  });
}

async function remove({ file, data, json, id }: Context): Promise<number> {
  return await withCredentials(data, async (credentials, beside) => {
    const removed = await removeEntry(file, ['lights'], 'id', id, environmentOf(data));
    const told = beside
      ? await takenUp(data, `Light ${id} is gone, and the running bridge has forgotten it.`)
      : `Light ${id} is gone.`;
    // Also without an entry: a key that nobody needs must not stay good.
    await credentials.removeLamp(id);
    await credentials.removeUser(id);
    if (!removed)
      throw new UsageError(`There is no light ${id} in ${file}: "doorlight light list" shows them.`);
    console.log(json ? JSON.stringify({ id, removed }) : told);
    return 0;
  });
}

async function identify({ data, json, id }: Context): Promise<number> {
  const store = openStore(data);
  const answer = (await askBridge(store, 'POST', `/lights/${encodeURIComponent(id)}/identify`)) as
    | { found: boolean; online: boolean }
    | undefined;
  if (!answer) throw new StartError('No bridge is running on this data directory: start it first.');
  if (!answer.found)
    throw new UsageError(`The running bridge has no light ${id}: "doorlight light list" shows them.`);
  if (!answer.online)
    throw new StartError(`Light ${id} is offline and cannot blink: look after its power and network.`);
  console.log(json ? JSON.stringify({ id, identifying: true }) : `Light ${id} blinks for ten seconds.`);
  return 0;
}
