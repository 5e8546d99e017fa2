import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseProtocol } from '../../../bridge/lights/usb/choose.ts';
import { claimOf, strangerOf } from '../../../bridge/lights/usb/claims.ts';
import { listUsbDevices, type UsbDevice } from '../../../bridge/lights/usb/devices.ts';
import { findDevice } from '../../../bridge/lights/usb/find.ts';
import { udevRules } from '../../../bridge/lights/usb/udev.ts';
import { type Ends, endAll } from '../../system/kit.ts';
import { usbLight } from './kit.ts';
import { fakeRoot, type Plug } from './sysfs.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const statusb: Plug = {
  node: 'ttyACM0',
  port: '1-1.2',
  vendor: '2047',
  product: '03df',
  maker: 'CompuLab',
  name: 'fit-statUSB',
  serial: 'AB12',
  byId: 'usb-CompuLab_fit-statUSB_AB12-if00',
  byPath: 'platform-xhci-usb-0:1.2:1.0',
};
const relay = (node: string, port: string): Plug => ({
  node,
  port,
  vendor: '1a86',
  product: '7523',
  name: 'USB Serial',
  byId: 'usb-1a86_USB_Serial-if00-port0',
  byPath: `platform-xhci-usb-0:${port}:1.0-port0`,
});
const busylight: Plug = {
  node: 'hidraw0',
  port: '1-1.3',
  vendor: '27BB',
  product: '3BCD',
  maker: 'PLENOM APS',
  name: 'BUSYLIGHT',
};
const any = () => true;

function plugged(kind: 'serial' | 'hid', vendor: string, product: string, maker = '', name = ''): UsbDevice {
  return { kind, path: '/dev/x', vendor, product, maker, name, port: '1-1' };
}

describe('what is plugged in', () => {
  it('is told with its lasting names, its maker and its port', () => {
    const root = fakeRoot(ends, [statusb, busylight]);
    expect(listUsbDevices(root)).toEqual([
      {
        kind: 'serial',
        path: '/dev/ttyACM0',
        byId: '/dev/serial/by-id/usb-CompuLab_fit-statUSB_AB12-if00',
        byPath: '/dev/serial/by-path/platform-xhci-usb-0:1.2:1.0',
        vendor: '2047',
        product: '03df',
        serialNumber: 'AB12',
        maker: 'CompuLab',
        name: 'fit-statUSB',
        port: '1-1.2',
      },
      expect.objectContaining({ kind: 'hid', path: '/dev/hidraw0', vendor: '27bb', product: '3bcd' }),
    ]);
    expect(listUsbDevices('/nowhere')).toEqual([]);
  });

  it('has no control characters in what a device says of itself', () => {
    const root = fakeRoot(ends, [{ ...statusb, name: '\u001b[31mred\u0007' }]);
    expect(listUsbDevices(root)[0]!.name).toBe('[31mred');
  });

  it('is found by path, by ids, by serial number and by port', () => {
    const root = fakeRoot(ends, [statusb, relay('ttyUSB0', '1-1.3'), relay('ttyUSB1', '1-1.4')]);
    const at = (device: string) => findDevice(device, 'serial', any, root);
    expect(at('/dev/ttyACM0')).toMatchObject({ at: '/dev/ttyACM0', device: { name: 'fit-statUSB' } });
    expect(at('/dev/serial/by-id/usb-CompuLab_fit-statUSB_AB12-if00')).toMatchObject({
      device: { port: '1-1.2' },
    });
    expect(at('usb:2047:03DF')).toMatchObject({ at: '/dev/ttyACM0' });
    expect(at('usb:2047:03df:AB12')).toMatchObject({ at: '/dev/ttyACM0' });
    expect(at('usb:2047:03df:OTHER')).toEqual({ missing: true });
    expect(at('usb:1a86:7523@1-1.4')).toMatchObject({ at: '/dev/ttyUSB1' });
    expect(at('/dev/ttyUSB9')).toEqual({ missing: true });
  });

  it('is not guessed where two are alike: their names by port are told', () => {
    const root = fakeRoot(ends, [relay('ttyUSB0', '1-1.3'), relay('ttyUSB1', '1-1.4')]);
    expect(findDevice('usb:1a86:7523', 'serial', any, root)).toEqual({
      refused:
        'fits 2 devices: choose one of /dev/serial/by-path/platform-xhci-usb-0:1-1.3:1.0-port0, /dev/serial/by-path/platform-xhci-usb-0:1-1.4:1.0-port0',
    });
    const shared = findDevice('/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0', 'serial', any, root);
    expect(shared).toMatchObject({ hint: expect.stringMatching(/two alike devices .* write .*by-path/) });
  });

  it('may be named by the kernel, with a hint at the name that stays', () => {
    const root = fakeRoot(ends, [statusb]);
    expect(findDevice('/dev/ttyACM0', 'serial', any, root)).toMatchObject({
      hint: '/dev/ttyACM0 is another device after the next start: write /dev/serial/by-id/usb-CompuLab_fit-statUSB_AB12-if00 as its device',
    });
    expect(
      findDevice('/dev/serial/by-path/platform-xhci-usb-0:1.2:1.0', 'serial', any, root),
    ).not.toHaveProperty('hint');
  });

  it('is known in a container, which has only the node, under any name', () => {
    const root = fakeRoot(ends, [{ ...statusb, byId: '', byPath: '' }]);
    mkdirSync(join(root, 'sys/dev/char'), { recursive: true });
    // A plain file has the device number 0:0.
    symlinkSync(join(root, 'sys/class/tty/ttyACM0'), join(root, 'sys/dev/char/0:0'));
    mkdirSync(join(root, 'dev/serial/by-id'), { recursive: true });
    writeFileSync(join(root, 'dev/serial/by-id/usb-mine'), '');
    const found = findDevice('/dev/serial/by-id/usb-mine', 'serial', any, root);
    expect(found).toMatchObject({ at: '/dev/serial/by-id/usb-mine', device: { name: 'fit-statUSB' } });
    expect(found).not.toHaveProperty('hint');
  });

  it('is never opened when it is no such device at all', () => {
    for (const path of ['/dev/null', '/etc/hostname', '/dev']) {
      expect(findDevice(path, 'serial', any)).toEqual({
        refused: "is no serial port: name the light's own device",
      });
    }
    expect(findDevice('/dev/null', 'hid', any)).toMatchObject({ refused: /HID/ });
  });
});

describe('what auto claims', () => {
  it.each([
    ['fit-statusb', plugged('serial', '2047', '03df')],
    ['busy-tag', plugged('serial', '303a', '81df')],
    ['blinkytape', plugged('serial', '1d50', '605e')],
    ['mutesync', plugged('serial', '10c4', 'ea60', 'Silicon Labs', 'mutesync Button')],
    ['luxafor', plugged('hid', '04d8', 'f372')],
    ['kuando', plugged('hid', '27bb', '3bcd')],
    ['blynclight', plugged('hid', '2c0d', '0001')],
    ['blink1', plugged('hid', '27b8', '01ed')],
    ['blinkstick', plugged('hid', '20a0', '41e5')],
    ['muteme', plugged('hid', '20a0', '42da')],
  ])('%s by its identity', (name, device) => {
    expect(claimOf(device)).toBe(name);
  });

  it.each([
    ['CP2102', plugged('serial', '10c4', 'ea60', 'Silicon Labs', 'CP2102 USB to UART Bridge Controller')],
    ['CH340', plugged('serial', '1a86', '7523', '', 'USB Serial')],
    ['FT232', plugged('serial', '0403', '6001', 'FTDI', 'FT232R USB UART')],
    ['ESP32-S3', plugged('serial', '303a', '1001', 'Espressif', 'USB JTAG/serial debug unit')],
    ['Arduino', plugged('serial', '2341', '0043', 'Arduino', '')],
    ['Pico', plugged('serial', '2e8a', '000a', 'Raspberry Pi', 'Pico')],
    ['V-USB', plugged('hid', '16c0', '27db', 'somebody', 'a joystick')],
  ])('not %s, which could be anything', (_name, device) => {
    expect(claimOf(device)).toBeUndefined();
    const config = usbLight(`kind: ${device.kind}, device: /dev/x`);
    expect(chooseProtocol(config, device)).toMatchObject({
      refused: expect.stringMatching(/does not say what light it is: give the light a protocol/),
    });
  });

  it.each([
    ['a Zigbee stick', plugged('serial', '10c4', 'ea60', 'ITead', 'Sonoff Zigbee 3.0 USB Dongle Plus')],
    ['a ConBee', plugged('serial', '1cf1', '0030', 'dresden elektronik', 'ConBee II')],
    ['a modem', plugged('serial', '2c7c', '0125', 'Quectel', 'EG25-G')],
    ['a Z-Wave stick', plugged('serial', '0658', '0200')],
    ['a GPS receiver', plugged('serial', '1546', '01a8', 'u-blox AG', 'GNSS receiver')],
  ])('%s is sent nothing, whatever the configuration says', (_name, device) => {
    expect(strangerOf(device)).toBeDefined();
    for (const protocol of ['auto', 'adalight', 'text', 'wled']) {
      expect(
        chooseProtocol(usbLight(`kind: serial, device: /dev/x, protocol: ${protocol}`), device),
      ).toMatchObject({
        refused: expect.stringMatching(/no light: nothing is sent to it/),
      });
    }
  });

  it('a light is not spoken to in the protocol of another: P would start firmware updates', () => {
    const device = plugged('serial', '2047', '03df', 'CompuLab', 'fit-statUSB');
    expect(chooseProtocol(usbLight('kind: serial, device: /dev/x, protocol: text'), device)).toMatchObject({
      refused: expect.stringMatching(/speaks fit-statusb and not text: nothing is sent/),
    });
  });
});

describe('udev rules', () => {
  it('open every known light, and configured ones, for dialout, and keep ModemManager away', () => {
    const rules = udevRules([plugged('serial', '1a86', '7523', '', 'USB Serial')]);
    expect(rules).toContain(
      'SUBSYSTEM=="tty", ATTRS{idVendor}=="2047", ATTRS{idProduct}=="03df", GROUP="dialout", MODE="0660", ENV{ID_MM_PORT_IGNORE}="1"',
    );
    expect(rules).toContain(
      'SUBSYSTEM=="hidraw", ATTRS{idVendor}=="27b8", ATTRS{idProduct}=="01ed", GROUP="dialout", MODE="0660"\n',
    );
    expect(rules).toContain('# USB Serial, configured as a light\nSUBSYSTEM=="tty", ATTRS{idVendor}=="1a86"');
    for (const line of rules.trim().split('\n')) {
      expect(line).toMatch(/^(#.*|SUBSYSTEM=="(tty|hidraw)"(, [A-Z]+(\{\w+\})?==?"[\w]+")+)$/);
    }
  });
});
