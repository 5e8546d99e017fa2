/** The configuration and what is plugged in -> the protocol to speak, or why nothing is sent. */
import type { HidLightConfig, SerialLightConfig } from '../../config/schema.ts';
import type { HidProtocol } from '../hid/protocol.ts';
import { hidDrivers } from '../hid/protocols.ts';
import type { SerialProtocol } from '../serial/protocol.ts';
import { serialDrivers } from '../serial/protocols.ts';
import { claimOf, strangerOf, titleOf } from './claims.ts';
import type { UsbDevice } from './devices.ts';
import type { Driver } from './protocol.ts';

export type UsbLightConfig = SerialLightConfig | HidLightConfig;

/** @param device what is known of it; nothing for a path that is not on USB, such as a pseudo-terminal */
export function chooseProtocol(
  config: UsbLightConfig,
  device: UsbDevice | undefined,
): { protocol: SerialProtocol | HidProtocol } | { refused: string } {
  const stranger = device && strangerOf(device);
  if (stranger) return { refused: `is ${titleOf(device)}, ${stranger} and no light: nothing is sent to it` };
  const claimed = device && claimOf(device);
  const name = config.protocol === 'auto' ? claimed : config.protocol;
  if (!name) {
    const what = device ? `is ${titleOf(device)}, which` : 'is no USB device and';
    return { refused: `${what} does not say what light it is: give the light a protocol other than auto` };
  }
  if (claimed && claimed !== name) {
    return {
      refused: `is ${titleOf(device)}, which speaks ${claimed} and not ${name}: nothing is sent; set protocol to auto`,
    };
  }
  return { protocol: driverOf(config.kind, name)!.make(config as never) };
}

/** The driver of that name; nothing for `auto`. */
export function driverOf(
  kind: UsbLightConfig['kind'],
  name: string,
): Driver<never, SerialProtocol | HidProtocol> | undefined {
  const drivers: Record<string, Driver<never, SerialProtocol | HidProtocol>> = kind === 'serial'
    ? serialDrivers
    : hidDrivers;
  return Object.hasOwn(drivers, name) ? drivers[name] : undefined;
}
