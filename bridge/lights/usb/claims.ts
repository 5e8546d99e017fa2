/** Which light a USB device is, by its descriptor alone: nothing is ever sent to find out. */
import { type HidProtocolName, hidDrivers } from '../hid/protocols.ts';
import { type SerialProtocolName, serialDrivers } from '../serial/protocols.ts';
import type { UsbDevice } from './devices.ts';
import type { Identity } from './protocol.ts';

type Descriptor = Pick<UsbDevice, 'kind' | 'vendor' | 'product' | 'maker' | 'name'>;

/** The protocol of a device whose identity names the product; nothing for one that could be anything. */
export function claimOf(device: Descriptor): SerialProtocolName | HidProtocolName | undefined {
  const lists: Readonly<Record<string, { claims: readonly Identity[] }>> =
    device.kind === 'serial' ? serialDrivers : hidDrivers;
  const claim = Object.keys(lists).find((name) =>
    lists[name]!.claims.some((identity) => isIt(identity, device)),
  );
  return claim as SerialProtocolName | HidProtocolName | undefined;
}

function isIt({ vendor, product, says }: Identity, device: Descriptor): boolean {
  if (vendor !== device.vendor || product !== device.product) return false;
  return says === undefined || says.test(`${device.maker} ${device.name}`);
}

/** What is no light, and what it is: what a driver sends could reconfigure it, or make a call. */
const strangers: readonly { what: string; vendor?: string; product?: string; says?: RegExp }[] = [
  {
    what: 'a Zigbee, Thread or Z-Wave stick',
    says: /zigbee|z-?wave|thread|conbee|raspbee|skyconnect|zbt-\d|zbdongle|slaesh|zig-?a-?zig|nortek|husbzb|aeotec/i,
  },
  { what: 'a Zigbee stick', vendor: '1cf1' },
  { what: 'a Z-Wave stick', vendor: '0658', product: '0200' },
  { what: 'a modem', says: /modem|\b(lte|gsm|umts|5g|4g)\b|quectel|simcom|sierra|huawei mobile/i },
  { what: 'a modem', vendor: '12d1' },
  { what: 'a modem', vendor: '2c7c' },
  { what: 'a modem', vendor: '1199' },
  { what: 'a modem', vendor: '1e0e' },
  { what: 'a GPS receiver', says: /\bg(ps|nss)\b|u-?blox/i },
  { what: 'a GPS receiver', vendor: '1546' },
  { what: 'a 3-D printer', says: /prusa|marlin|3d ?printer|klipper|creality/i },
  { what: 'a 3-D printer', vendor: '2c99' },
  { what: 'a UPS', says: /\bups\b|uninterruptible/i },
  { what: 'a radio for Meshtastic or LoRa', says: /meshtastic|\blora\b/i },
  { what: 'a debug probe', says: /st-?link|j-?link|cmsis-dap|debug ?probe/i },
  { what: 'a keyboard or mouse', says: /keyboard|mouse|trackpad/i },
];

/** What the device says it is, when that is no light. */
export function strangerOf(device: Descriptor): string | undefined {
  if (claimOf(device)) return undefined;
  const words = `${device.maker} ${device.name}`;
  return strangers.find(
    ({ vendor, product, says }) =>
      (vendor === undefined || vendor === device.vendor) &&
      (product === undefined || product === device.product) &&
      (says === undefined || says.test(words)),
  )?.what;
}

/** For people: `CompuLab fit-statUSB (2047:03df)`. */
export function titleOf({ maker, name, vendor, product }: Descriptor): string {
  const words = name.toLowerCase().startsWith(maker.toLowerCase()) ? name : `${maker} ${name}`.trim();
  return `${words || 'a device without a name'} (${vendor}:${product})`;
}
