/** A file system with USB devices in it, as Linux shows them; nothing in it can be opened. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Ends } from '../../system/kit.ts';

export interface Plug {
  node: string;
  port: string;
  vendor: string;
  product: string;
  maker?: string;
  name?: string;
  serial?: string;
  byId?: string;
  byPath?: string;
}

export function fakeRoot(ends: Ends, plugs: readonly Plug[]): string {
  const root = mkdtempSync(join(tmpdir(), 'doorlight-sys-'));
  ends.push(() => rmSync(root, { recursive: true, force: true }));
  for (const { node, port, vendor, product, maker, name, serial, byId, byPath } of plugs) {
    const usb = join(root, 'sys/devices/pci0/usb1', port);
    const isHid = node.startsWith('hidraw');
    const inner = isHid ? `${port}:1.0/0003:0000.0001/hidraw/${node}` : `${port}:1.0/tty/${node}`;
    mkdirSync(join(usb, inner), { recursive: true });
    const attributes = { idVendor: vendor, idProduct: product, manufacturer: maker, product: name, serial };
    for (const [file, text] of Object.entries(attributes)) {
      if (text !== undefined) writeFileSync(join(usb, file), `${text}\n`);
    }
    link(join(root, 'sys/class', isHid ? 'hidraw' : 'tty', node), join(usb, inner));
    const at = join(root, 'dev', node);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, '');
    if (byId) link(join(root, 'dev/serial/by-id', byId), at);
    if (byPath) link(join(root, 'dev/serial/by-path', byPath), at);
  }
  return root;
}

function link(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(target, path);
}
