/** `doorlight dark`: what a supervisor runs after the bridge has ended, for whatever reason it did. */
import { systemClock } from '../../protocol/clock.ts';
import { ConfigError, loadConfig, parseConfig } from '../config/load.ts';
import type { LightConfig } from '../config/schema.ts';
import { environmentOf } from '../config/secrets.ts';
import { lastGoodConfig } from '../kept-files.ts';
import { briefly } from '../lights/usb/briefly.ts';
import { usbBus } from '../lights/usb/bus.ts';
import { isUsbLight } from '../lights/usb/inventory.ts';
import { LockError, takeLock } from '../lock.ts';
import { openStore } from '../store.ts';
import { defaultConfigFile, readArguments, refusePositionals } from './options.ts';

export const help = `doorlight dark [--config FILE] [--data DIR] [--json]

Sets every light on USB dark, or to unknown where its onStop says so. For a supervisor to run after the bridge has
ended, a crash included (systemd: ExecStopPost=). Does nothing beside a running bridge. Ends with 1 when a light is
there and could not be told.`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {});
  if (values.help) {
    console.log(help);
    return 0;
  }
  refusePositionals(positionals);
  const lights = lightsOf(values.config ?? defaultConfigFile, values.data).filter(isUsbLight);
  let unlock: () => void;
  try {
    unlock = takeLock(openStore(values.data));
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    console.log(
      values.json
        ? JSON.stringify({ running: true, lights: [] })
        : 'A bridge is running, and looks after its lights.',
    );
    return 0;
  }
  try {
    const told = await Promise.all(
      lights.map(async (light) => {
        const brief = await briefly(light, { bus: usbBus, clock: systemClock }, () => {});
        const state = brief.ok ? light.onStop : brief.absent ? 'absent' : 'failed';
        return { id: light.id, state, reason: brief.ok ? null : brief.reason };
      }),
    );
    if (values.json) console.log(JSON.stringify({ running: false, lights: told }));
    else {
      for (const { id, state, reason } of told) {
        console.log(reason === null ? `Light ${id}: ${state}.` : `Light ${id}: ${reason}`);
      }
    }
    return told.some(({ state }) => state === 'failed') ? 1 : 0;
  } finally {
    unlock();
  }
}

/** Those of the file; of one that is damaged, those that the bridge last started with, for they may be lit. */
function lightsOf(file: string, data: string): readonly LightConfig[] {
  const env = environmentOf(data);
  try {
    return loadConfig(file, env).lights;
  } catch (error) {
    const kept = lastGoodConfig(data);
    if (kept === undefined || !(error instanceof ConfigError)) throw error;
    console.error(`${error.message}\nThe lights of the configuration that last started well are told.`);
    return parseConfig(kept, file, env).lights;
  }
}
