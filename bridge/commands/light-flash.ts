/** `doorlight light flash`: a board on a cable becomes a lamp of the configuration. */
import { systemClock } from '../../protocol/clock.ts';
import type { LampNetwork } from '../../protocol/lamp-admin.ts';
import type { LightView } from '../../protocol/payloads.ts';
import { lampFirmware } from '../assets.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { environmentOf } from '../config/secrets.ts';
import { openSerialPort } from '../lights/serial/open.ts';
import type { FlashStep } from '../provision/flash.ts';
import { flashLamp, onlineMs, setupUrl, setupWaitMs } from '../provision/flash-lamp.ts';
import { realPath } from '../provision/ports.ts';
import { StartError } from '../start-error.ts';
import { openStore } from '../store.ts';
import { askBridge, until, withCredentials } from './beside-bridge.ts';
import { UsageError } from './options.ts';
import { secretFrom } from './secret.ts';

export interface FlashFlags {
  port?: string;
  wifi?: string;
  bridge?: string;
  'mqtt-user'?: string;
  force?: boolean;
}

export async function flash(
  { file, data, json, id }: { file: string; data: string; json: boolean; id: string },
  flags: FlashFlags,
): Promise<number> {
  const path = flags.port;
  if (!path) throw new UsageError('On which port is the board? --port /dev/ttyUSB0, for example.');
  const config = loadConfig(file, environmentOf(data));
  const light = espruinoLight(config, id, file);
  refuseUsedPort(config, path);
  const place = {
    networks: await networksOf(flags.wifi),
    ...(flags.bridge === undefined ? {} : { bridge: flags.bridge }),
    ...(flags['mqtt-user'] === undefined ? {} : { account: await accountOf(flags['mqtt-user']) }),
  };
  if (config.mqtt.broker !== 'embedded' && !flags['mqtt-user']) {
    throw new UsageError(
      `The broker is ${config.mqtt.broker}: name the lamp's account on it with --mqtt-user.`,
    );
  }
  const { board, setup } = await flashLamp({
    light,
    mqtt: config.mqtt,
    place,
    path,
    open: openSerialPort,
    clock: systemClock,
    force: flags.force ?? false,
    firmware: lampFirmware(),
    mintKey: () => withCredentials(data, (credentials) => credentials.mintLamp(id)),
    onStep: json ? () => {} : tellStep,
  });
  if (!json) {
    const when =
      flags.wifi === undefined ? 'It opens a network of its own' : 'Should it find no network, it opens one';
    console.log(
      `Lamp ${id} is on the board. ${when}: ${setup.ssid}, password ${setup.password}, shown only now.`,
    );
    console.log(`Join that, and enter a Wi-Fi for the lamp on ${setupUrl}.`);
  }
  const online = await comesOnline(data, id, flags.wifi === undefined ? setupWaitMs : onlineMs);
  if (json) console.log(JSON.stringify({ id, board, setup, online }));
  else console.log(sentences[String(online) as keyof typeof sentences](id));
  return online === false ? 1 : 0;
}

const sentences = {
  true: (id: string) => `Lamp ${id} is online.`,
  null: () =>
    'No bridge with this light is running, so nobody knows yet whether the lamp is online: (re)start it.',
  false: (id: string) =>
    `Lamp ${id} has not come online. Its look says more: is the Wi-Fi's name and password right (2.4 GHz only), and does the lamp reach the bridge by UDP? Run the command again to correct them.`,
};

function espruinoLight(config: Config, id: string, file: string) {
  const light = config.lights.find((one) => one.id === id);
  if (!light) {
    throw new UsageError(
      `There is no light ${id} in ${file}: "doorlight light add ${id} --kind espruino" makes one.`,
    );
  }
  if (light.kind !== 'espruino') {
    throw new UsageError(`Light ${id} is of kind ${light.kind}: only an espruino light is flashed.`);
  }
  return light;
}

function refuseUsedPort(config: Config, path: string): void {
  const used = config.lights.find((light) => 'device' in light && realPath(light.device) === realPath(path));
  if (used)
    throw new UsageError(`${path} is the device of light ${used.id}: take that light out of the file first.`);
}

async function networksOf(ssid: string | undefined): Promise<LampNetwork[]> {
  if (ssid === undefined) return [];
  if (ssid === '' || Buffer.byteLength(ssid) > 32)
    throw new UsageError('--wifi takes a name of 1 to 32 bytes.');
  const password = await secretFrom('DOORLIGHT_WIFI_PASSWORD', `Password of ${ssid} (empty for none): `);
  if (password === '') return [{ ssid }];
  const length = Buffer.byteLength(password);
  if (length < 8 || length > 63) throw new UsageError('A Wi-Fi password has 8 to 63 bytes.');
  return [{ ssid, password }];
}

async function accountOf(username: string) {
  return {
    username,
    password: await secretFrom('DOORLIGHT_MQTT_PASSWORD', `MQTT password of ${username}: `),
  };
}

function tellStep(step: FlashStep): void {
  if (step.step === 'connect') console.error('Calling the board …');
  else if (step.step === 'identified') {
    console.error(`It is an ${step.board.board} with Espruino ${step.board.version}.`);
  } else if (step.step === 'settings') console.error('The settings …');
  else if (step.step === 'restart') console.error('It restarts …');
  else if (process.stderr.isTTY) {
    process.stderr.write(
      `\rUploading ${Math.floor((100 * step.done) / step.total)} %${step.done === step.total ? '\n' : ''}`,
    );
  }
}

/** Nothing without a running bridge that knows the light. */
async function comesOnline(data: string, id: string, ms: number): Promise<boolean | null> {
  const store = openStore(data);
  const look = async () => {
    const lights = (await askBridge(store, 'GET', '/lights')) as LightView[] | undefined;
    return lights?.find((light) => light.id === id)?.online;
  };
  if ((await look()) === undefined) return null;
  const deadline = systemClock.monotonic() + ms;
  return until(async () => {
    const online = await look();
    if (online === undefined)
      throw new StartError('The bridge has stopped: start it, and the lamp finds it.');
    if (!online && systemClock.monotonic() < deadline) return undefined;
    return online;
  });
}
