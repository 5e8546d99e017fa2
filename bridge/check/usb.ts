/** Lights on USB: whether each is there and may be opened, and what else is plugged in. Opens nothing. */
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { type UsbBus, usbBus } from '../lights/usb/bus.ts';
import { chooseProtocol, type UsbLightConfig } from '../lights/usb/choose.ts';
import { titleOf } from '../lights/usb/claims.ts';
import { faultOf } from '../lights/usb/fault.ts';
import { claimsFor, inventory, isUsbLight } from '../lights/usb/inventory.ts';
import { type Check, type Finding, fault, ok, warning } from './finding.ts';

export const checkUsb: Check = ({ config }) => usbFindings(config, usbBus);

/** What there is to say of the lights of a configuration on a bus. */
export function usbFindings(
  { lights }: Pick<Parameters<Check>[0]['config'], 'lights'>,
  bus: UsbBus,
): Finding[] {
  const own = lights.filter(isUsbLight);
  const others = inventory(bus, lights).filter(({ light }) => light === null);
  return [
    ...(own.some(({ kind }) => kind === 'hid') && !hasNodeHid() ? [withoutNodeHid] : []),
    ...own.map((light) => findingOf(light, bus)),
    ...others.map((device) => {
      const title = `${titleOf(device)} at ${device.device}`;
      if (device.stranger) return ok('USB', `${title} is ${device.stranger}, and left alone.`);
      const add = `doorlight light add ID --kind ${device.kind} --device ${device.device}`;
      return device.protocol
        ? ok(
            'USB',
            `${title} is a light (${device.protocol}) that is not in use. To use it: ${add} --shows PERSON`,
          )
        : ok('USB', `${title} could be a light. If it is: ${add} --protocol PROTOCOL --shows PERSON`);
    }),
  ];
}

function findingOf(light: UsbLightConfig, bus: UsbBus): Finding {
  const what = `Light ${light.id}`;
  const found = bus.find(light.device, light.kind, claimsFor(light));
  if ('missing' in found) {
    return warning(what, `${light.device} is not there.`, 'Plug it in; in a container, hand the device in.');
  }
  const chosen = 'refused' in found ? found : chooseProtocol(light, found.device);
  if ('refused' in chosen) return inTwo(what, `${light.device} ${chosen.refused}`, fault);
  if (!('at' in found)) return fault(what, `${light.device} is not there.`, 'Plug it in.');
  try {
    accessSync(found.at, constants.R_OK | constants.W_OK);
  } catch (error) {
    return inTwo(what, `${light.device} ${faultOf(error, found.at)}`, fault);
  }
  if (found.hint) return inTwo(what, found.hint, warning);
  return ok(what, `${found.device ? titleOf(found.device) : 'A device'} is at ${light.device}.`);
}

const withoutNodeHid = fault(
  'HID lights',
  'The package node-hid, which they need, cannot be loaded.',
  'Run "npm install node-hid" in Doorlight\'s folder.',
);

function hasNodeHid(): boolean {
  try {
    createRequire(import.meta.url)('node-hid');
    return true;
  } catch {
    return false;
  }
}

/** A sentence that says what is wrong, a colon, and the mend. */
function inTwo(what: string, sentence: string, level: typeof fault): Finding {
  const at = sentence.lastIndexOf(': ');
  const mend = sentence.slice(at + 2);
  return level(what, `${sentence.slice(0, at)}.`, `${mend.charAt(0).toUpperCase()}${mend.slice(1)}.`);
}
