/**
 * What is plugged in: serial ports and HID devices that hang on USB, as the kernel tells of them below /sys. No udev and
 * no native module is needed, so it works in a container, too. On other systems than Linux there is no list.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface UsbDevice {
  kind: 'serial' | 'hid';
  /** The kernel's name, such as /dev/ttyUSB0: another one after the next start. */
  path: string;
  /** Links that stay: by the maker's name and serial number, and by the USB port. */
  byId?: string;
  byPath?: string;
  /** Four small hexadecimal digits. */
  vendor: string;
  product: string;
  serialNumber?: string;
  maker: string;
  name: string;
  /** The USB port, such as 1-1.2. */
  port: string;
}

const classes = [
  { kind: 'serial', folder: 'tty', name: /^tty(USB|ACM)\d+$/ },
  { kind: 'hid', folder: 'hidraw', name: /^hidraw\d+$/ },
] as const;

/** Lists devices; `root` is where the file system begins. */
export function listUsbDevices(root = '/'): UsbDevice[] {
  const ids = linksIn(join(root, 'dev/serial/by-id'));
  const paths = linksIn(join(root, 'dev/serial/by-path'));
  return classes.flatMap(({ kind, folder, name }) =>
    names(join(root, 'sys/class', folder))
      .filter((node) => name.test(node))
      .flatMap((node) => {
        const usb = usbOf(join(root, 'sys/class', folder, node), root);
        if (!usb) return [];
        const byId = ids.get(node);
        const byPath = paths.get(node);
        return [
          {
            kind,
            path: `/dev/${node}`,
            ...(byId ? { byId: `/dev/serial/by-id/${byId}` } : {}),
            ...(byPath ? { byPath: `/dev/serial/by-path/${byPath}` } : {}),
            ...usb,
          },
        ];
      }),
  );
}

/** Climbs from a class device to the USB device that it is a part of. */
function usbOf(link: string, root: string): Omit<UsbDevice, 'kind' | 'path'> | undefined {
  let at: string;
  try {
    at = realpathSync(link);
  } catch {
    return undefined;
  }
  for (; at.length > root.length && at !== dirname(at); at = dirname(at)) {
    const vendor = attribute(at, 'idVendor');
    const product = attribute(at, 'idProduct');
    if (!vendor || !product) continue;
    const serialNumber = attribute(at, 'serial');
    return {
      vendor: vendor.toLowerCase(),
      product: product.toLowerCase(),
      ...(serialNumber ? { serialNumber } : {}),
      maker: attribute(at, 'manufacturer') ?? '',
      name: attribute(at, 'product') ?? '',
      port: basename(at),
    };
  }
  return undefined;
}

/** A device's own words: no control characters may reach a log or a terminal. */
function attribute(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8')
      .replace(/\p{Cc}/gu, '')
      .trim()
      .slice(0, 128);
  } catch {
    return undefined;
  }
}

/** Kernel name -> name of the link to it. */
function linksIn(folder: string): Map<string, string> {
  return new Map(
    names(folder).flatMap((link) => {
      try {
        return [[basename(realpathSync(join(folder, link))), link] as const];
      } catch {
        return [];
      }
    }),
  );
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
