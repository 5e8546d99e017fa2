/** `doorlight check`: what is wrong with the configuration and the surroundings, each with its mend. */
import { existsSync } from 'node:fs';
import type { LightHealth } from '../../protocol/api.ts';
import { systemClock } from '../../protocol/clock.ts';
import { runChecks } from '../check/checks.ts';
import { type Finding, fault } from '../check/finding.ts';
import { gather } from '../check/surroundings.ts';
import { ConfigError, loadConfig } from '../config/load.ts';
import { environmentOf } from '../config/secrets.ts';
import type { GraphDiagnosis } from '../graph/diagnosis.ts';
import { usbBus } from '../lights/usb/bus.ts';
import type { UsbDevice } from '../lights/usb/devices.ts';
import { claimsFor, isUsbLight } from '../lights/usb/inventory.ts';
import { udevRules } from '../lights/usb/udev.ts';
import { LockError } from '../lock.ts';
import { openStore, StoreError } from '../store.ts';
import { askBridge } from './beside-bridge.ts';
import { defaultConfigFile, readArguments, refusePositionals } from './options.ts';

export const help = `doorlight check [--config FILE] [--data DIR] [--json] [--udev]

Says what is wrong with the configuration and the surroundings, each with its mend: file, clock, the way to
Microsoft, sign-in, permissions, presence, public URL, ports, USB lights, and of each light why it shows what it shows
(Graph -> bridge -> rules -> broker -> lamp, with the age of each; what is broken stands in brackets). Asks the running bridge where there is one, and never
disturbs it. Ends with 1 when there is a fault, with 0 when there are only warnings or nothing.
--udev prints udev rules that let the group dialout open USB lights, and checks nothing.`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { udev: { type: 'boolean', default: false } });
  if (values.help) {
    console.log(help);
    return 0;
  }
  refusePositionals(positionals);
  if (values.udev) {
    const rules = udevRules(configuredDevices(values.config ?? defaultConfigFile, values.data));
    process.stdout.write(values.json ? `${JSON.stringify({ rules })}\n` : rules);
    return 0;
  }
  const findings = await check(values.config ?? defaultConfigFile, values.data);
  if (values.json) console.log(JSON.stringify({ findings }));
  else for (const finding of findings) console.log(inWords(finding));
  return findings.some(({ level }) => level === 'fault') ? 1 : 0;
}

/** What is plugged in for the lights of the configuration, if there is a good one. */
function configuredDevices(file: string, data: string): UsbDevice[] {
  if (!existsSync(file)) return [];
  return loadConfig(file, environmentOf(data))
    .lights.filter(isUsbLight)
    .flatMap((light) => {
      const found = usbBus.find(light.device, light.kind, claimsFor(light));
      return 'at' in found && found.device ? [found.device] : [];
    });
}

/** Every finding about this configuration and this data directory. */
export async function check(file: string, data: string): Promise<Finding[]> {
  try {
    const config = loadConfig(file, environmentOf(data));
    const store = openStore(data);
    const running = (await askBridge(store, 'GET', '/graph')) as GraphDiagnosis | null | undefined;
    const chains =
      running === undefined
        ? undefined
        : ((await askBridge(store, 'GET', '/health/lights')) as LightHealth[] | undefined);
    const { surroundings, close } = await gather({
      config,
      file,
      store,
      clock: systemClock,
      running,
      chains,
    });
    try {
      return await runChecks(surroundings);
    } finally {
      await close();
    }
  } catch (error) {
    const what = heads.find(([kind]) => error instanceof kind)?.[1];
    if (what === undefined) throw error;
    return (error as Error).message.split('\n').map((line) => inTwo(what, line));
  }
}

/** An error's line says what is wrong, a colon, and the mend; one about a place in the file names the place first. */
function inTwo(what: string, line: string): Finding {
  if (/^.+:\d+: /.test(line)) return fault(what, `${line}.`, 'Correct it there, and check again.');
  const [message = '', ...rest] = line.split(': ');
  const mend = rest.join(': ') || 'Mend it, and check again.';
  return fault(what, `${message.replace(/\.$/, '')}.`, mend.charAt(0).toUpperCase() + mend.slice(1));
}

/** What keeps everything else from being looked at. */
const heads = [
  [ConfigError, 'Configuration'],
  [StoreError, 'Data directory'],
  [LockError, 'Data directory'],
] as const;

const marks = { ok: 'ok     ', warning: 'warning', fault: 'FAULT  ' } as const;

function inWords({ what, level, message, mend }: Finding): string {
  const line = `${marks[level]}  ${what}: ${message}`;
  return mend ? `${line}\n         -> ${mend}` : line;
}
