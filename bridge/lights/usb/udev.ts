/**
 * udev rules for the lights that are known by their identity, and for those that are configured: the group `dialout` may
 * open them, and ModemManager leaves them alone (its probing can change what a light shows, and holds the port).
 */
import { hidDrivers } from '../hid/protocols.ts';
import { serialDrivers } from '../serial/protocols.ts';
import type { UsbDevice } from './devices.ts';
import type { Driver } from './protocol.ts';

const file = '/etc/udev/rules.d/60-doorlight.rules';
/** HID over Bluetooth and others have these, too. */
const access = 'GROUP="dialout", MODE="0660"';

interface Ids {
  kind: UsbDevice['kind'];
  vendor: string;
  product: string;
  what: string;
}

/** @param configured devices of configured lights that no driver knows by its identity */
export function udevRules(configured: readonly UsbDevice[] = []): string {
  const known: Ids[] = [...idsOf('serial', serialDrivers), ...idsOf('hid', hidDrivers)];
  const extra = configured.map(({ kind, vendor, product, maker, name }) => ({
    ...{ kind, vendor, product },
    what: `${maker} ${name}, configured as a light`.trim(),
  }));
  const rules = [...known, ...extra].filter(
    (ids, index, all) => all.findIndex((other) => sameRule(ids, other)) === index,
  );
  return `# Doorlight: who may open USB lights. Made by "doorlight check --udev".
#   doorlight check --udev | sudo tee ${file}
#   sudo udevadm control --reload && sudo udevadm trigger
#   sudo usermod -aG dialout USER    (the user that runs the bridge; then log in again)
${rules.map(ruleOf).join('\n')}
`;
}

function idsOf(
  kind: UsbDevice['kind'],
  drivers: Readonly<Record<string, Pick<Driver<never>, 'name' | 'claims'>>>,
): Ids[] {
  return Object.values(drivers).flatMap(({ name, claims }) =>
    claims.map(({ vendor, product }) => ({ kind, vendor, product, what: name })),
  );
}

const sameRule = (one: Ids, other: Ids) =>
  one.kind === other.kind && one.vendor === other.vendor && one.product === other.product;

function ruleOf({ kind, vendor, product, what }: Ids): string {
  const ids = `ATTRS{idVendor}=="${vendor}", ATTRS{idProduct}=="${product}"`;
  const subject = kind === 'serial' ? 'SUBSYSTEM=="tty"' : 'SUBSYSTEM=="hidraw"';
  const alone = kind === 'serial' ? ', ENV{ID_MM_PORT_IGNORE}="1"' : '';
  return `# ${what.replace(/\s+/g, ' ')}\n${subject}, ${ids}, ${access}${alone}`;
}
