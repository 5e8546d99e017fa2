/** A light that is opened for a moment only: to find it by its blinking, or to set it dark after the bridge is gone. */
import type { Clock } from '../../../protocol/clock.ts';
import type { Light } from '../light.ts';
import type { UsbBus } from './bus.ts';
import { chooseProtocol, type UsbLightConfig } from './choose.ts';
import { claimsFor } from './inventory.ts';
import { createUsbLight } from './light.ts';

/** Two tries, and the boot of a board. */
const waitMs = 5_500;

/** `absent`: it is not plugged in, so there is nothing to be done. */
export type Brief = { ok: true } | { ok: false; absent: boolean; reason: string };

/** Opens the light, works with it, and ends it with its last words. */
export async function briefly(
  config: UsbLightConfig,
  { bus, clock }: { bus: UsbBus; clock: Clock },
  work: (light: Light) => Promise<void> | void,
): Promise<Brief> {
  const found = bus.find(config.device, config.kind, claimsFor(config));
  if ('missing' in found) return { ok: false, absent: true, reason: `${config.device} is not plugged in.` };
  const chosen = 'refused' in found ? found : chooseProtocol(config, found.device);
  if ('refused' in chosen) return { ok: false, absent: false, reason: `${config.device} ${chosen.refused}.` };

  let reason = `${config.device} does not open.`;
  let online = () => {};
  const light = createUsbLight({
    config,
    bus,
    clock,
    topics: { identify() {}, hosted() {} },
    log: {
      debug() {},
      info() {},
      warn: (line) => {
        reason = line.replace(/^Light \S+: /, '');
      },
      error() {},
    },
    onReport: () => light.report().online && online(),
  });
  const opened = new Promise<boolean>((resolve) => {
    const cancel = clock.after(waitMs, () => resolve(false));
    online = () => {
      cancel();
      resolve(true);
    };
  });
  light.start();
  const isOpen = await opened;
  if (isOpen) await work(light);
  await light.stop();
  return isOpen ? { ok: true } : { ok: false, absent: false, reason };
}
