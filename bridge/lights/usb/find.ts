/** `device:` of the configuration -> where the device is now. Looks at the file system only; nothing is opened. */
import { realpathSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { listUsbDevices, type UsbDevice } from './devices.ts';

export type Found =
  /** `plugged` is what `pluggedAt` says of it. */
  | { at: string; plugged: string; device?: UsbDevice; hint?: string }
  | { missing: true }
  | { refused: string };

const ids = /^usb:([0-9a-f]{4}):([0-9a-f]{4})(?::(.+)|@(.+))?$/i;
/** Unix98 pseudo-terminals (Linux, Documentation/admin-guide/devices.txt): they stand nowhere below /sys. */
const pseudoTerminals = { from: 136, to: 143 };

/** @param claims whether a device is of a make that `auto` may take */
export function findDevice(
  device: string,
  kind: UsbDevice['kind'],
  claims: (device: UsbDevice) => boolean,
  root = '/',
): Found {
  if (device.startsWith('/')) return atPath(device, kind, root);
  const all = listUsbDevices(root).filter((plugged) => plugged.kind === kind);
  const [, vendor, product, serial, port] = ids.exec(device) ?? [];
  const fits = all.filter((plugged) =>
    vendor === undefined
      ? claims(plugged)
      : plugged.vendor === vendor.toLowerCase() &&
        plugged.product === product!.toLowerCase() &&
        (serial === undefined || plugged.serialNumber === serial) &&
        (port === undefined || plugged.port === port),
  );
  // A device with two interfaces is one device.
  const ports = new Set(fits.map((plugged) => plugged.port));
  if (ports.size > 1) {
    const names = fits.map((plugged) => stableName(plugged, all)).join(', ');
    return { refused: `fits ${ports.size} devices: choose one of ${names}` };
  }
  const [first] = fits;
  if (!first) return { missing: true };
  const found = atPath(first.path, kind, root);
  return 'at' in found ? { ...found, device: first } : found;
}

/** A text that changes when the path becomes another plugged-in device; nothing when none is there. */
export function pluggedAt(path: string): string | undefined {
  try {
    const { ino, rdev } = statSync(path);
    return `${basename(realpathSync(path))} ${ino} ${rdev}`;
  } catch {
    return undefined;
  }
}

function atPath(path: string, kind: UsbDevice['kind'], root: string): Found {
  const file = root === '/' ? path : join(root, path);
  const plugged = pluggedAt(file);
  if (plugged === undefined) return { missing: true };
  const node = kernelName(file, root);
  const all = listUsbDevices(root);
  const device = all.find((listed) => listed.kind === kind && basename(listed.path) === node);
  if (!device && !isKind(statSync(file), kind)) {
    const what = kind === 'serial' ? 'serial port' : 'HID device';
    return { refused: `is no ${what}: name the light's own device` };
  }
  const hint = device && hintOn(path, device, all);
  return {
    at: path,
    plugged,
    ...(device ? { device } : {}),
    ...(hint ? { hint } : {}),
  };
}

/** Also of a node that a container was given under another name. */
function kernelName(file: string, root: string): string {
  try {
    return basename(realpathSync(join(root, 'sys/dev/char', numberOf(statSync(file)))));
  } catch {
    return basename(realpathSync(file));
  }
}

/** Major and minor, as the kernel's `MKDEV` packs them. */
function numberOf({ rdev }: Stats): string {
  return `${(rdev >> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >> 12) & 0xfff00)}`;
}

/** Opening some character devices does harm (a watchdog would restart the machine), so the kernel is asked first. */
function isKind(stat: Stats, kind: UsbDevice['kind']): boolean {
  if (!stat.isCharacterDevice()) return false;
  if (process.platform !== 'linux') return true;
  const number = numberOf(stat);
  const major = Number.parseInt(number, 10);
  if (kind === 'serial' && major >= pseudoTerminals.from && major <= pseudoTerminals.to) return true;
  try {
    const subsystem = basename(realpathSync(`/sys/dev/char/${number}/subsystem`));
    return subsystem === (kind === 'serial' ? 'tty' : 'hidraw');
  } catch {
    return false;
  }
}

/** What a user should write instead, when the path is one that another device may have tomorrow. */
function hintOn(path: string, device: UsbDevice, all: readonly UsbDevice[]): string | undefined {
  const name = stableName(device, all);
  if (path === name || path === device.byPath) return undefined;
  if (path === device.path)
    return `${path} is another device after the next start: write ${name} as its device`;
  return path === device.byId
    ? `two alike devices without a serial number share the name ${path}: write ${name} as its device`
    : undefined;
}

/** The name that stays this device's: by its serial number, or by its USB port where two are alike. */
export function stableName(device: UsbDevice, all: readonly UsbDevice[]): string {
  const { kind, vendor, product, serialNumber, byId, byPath, port } = device;
  const alike = all.filter(
    (other) => other.kind === kind && other.vendor === vendor && other.product === product,
  );
  const twins = alike.filter((other) => other.port !== port && other.serialNumber === serialNumber);
  if (twins.length > 0) return byPath ?? `usb:${vendor}:${product}@${port}`;
  if (byId) return byId;
  return serialNumber && /^[^\s@]+$/.test(serialNumber)
    ? `usb:${vendor}:${product}:${serialNumber}`
    : `usb:${vendor}:${product}`;
}
