/** Everything on USB that could be a light, with the light that it is in the configuration. */
import { realpathSync } from 'node:fs';
import type { UsbDeviceView } from '../../../protocol/usb.ts';
import type { LightConfig } from '../../config/schema.ts';
import type { UsbBus } from './bus.ts';
import type { UsbLightConfig } from './choose.ts';
import { claimOf, strangerOf } from './claims.ts';
import type { UsbDevice } from './devices.ts';
import { stableName } from './find.ts';

export const isUsbLight = (light: LightConfig): light is UsbLightConfig =>
  light.kind === 'serial' || light.kind === 'hid';

/** Whether a device is of the make that a light looks for: any that is known for `auto`, else its own. */
export function claimsFor({ protocol }: UsbLightConfig): (device: UsbDevice) => boolean {
  return (device) => {
    const claim = claimOf(device);
    return claim !== undefined && (protocol === 'auto' || protocol === claim);
  };
}

/** HID devices that are no known light (keyboards, mice) are left out; any serial port could be one. */
export function inventory(bus: UsbBus, lights: readonly LightConfig[]): UsbDeviceView[] {
  const all = bus.list();
  const lightAt = new Map<string, string>();
  for (const light of lights.filter(isUsbLight)) {
    const found = bus.find(light.device, light.kind, claimsFor(light));
    if ('at' in found) lightAt.set(found.device?.path ?? realPath(found.at), light.id);
  }
  return all
    .filter((device) => device.kind === 'serial' || claimOf(device))
    .map((device) => {
      const { kind, path, maker, name, vendor, product, serialNumber = null, port } = device;
      return {
        ...{ kind, device: stableName(device, all), path, maker, name, vendor, product, serialNumber, port },
        protocol: claimOf(device) ?? null,
        stranger: strangerOf(device) ?? null,
        light: lightAt.get(path) ?? null,
      };
    });
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
