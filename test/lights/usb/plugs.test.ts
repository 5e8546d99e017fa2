/** Devices that look alike, are something else, or go in the middle: a pretended /sys before real pseudo-terminals. */
import { realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type UsbBus, usbBus } from '../../../bridge/lights/usb/bus.ts';
import { listUsbDevices } from '../../../bridge/lights/usb/devices.ts';
import { findDevice, pluggedAt } from '../../../bridge/lights/usb/find.ts';
import { systemClock } from '../../../protocol/clock.ts';
import { type Ends, endAll, eventually, temporaryFolder } from '../../system/kit.ts';
import { look, usbLight, watched } from './kit.ts';
import { fakeRoot, type Plug } from './sysfs.ts';
import { hasSocat, plugIn, type Terminal } from './terminals.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const red = look(255, 0, 0);
const green = look(0, 255, 0);

/** The real bus, on which what stands below /sys and /dev can be plugged otherwise at any time. */
function pluggable() {
  let root = '';
  let terminals: Record<string, Terminal> = {};
  const bus: UsbBus = {
    list: () => listUsbDevices(root),
    find: (device, kind, claims) => findDevice(device, kind, claims, root),
    plugged: (at) => pluggedAt(join(root, at)),
    watch: () => () => {},
    open: (at, protocol, tell) =>
      usbBus.open(terminals[basename(realpathSync(join(root, at)))]!.near, protocol, tell),
  };
  return {
    bus,
    plug(plugs: readonly (Plug & { terminal: Terminal })[]) {
      root = fakeRoot(ends, plugs);
      terminals = Object.fromEntries(plugs.map(({ node, terminal }) => [node, terminal]));
    },
  };
}

function start(bus: UsbBus, keys: string) {
  const made = watched(usbLight(`kind: serial, ${keys}`), bus, systemClock);
  made.light.start();
  ends.push(() => made.light.stop());
  return made;
}

const ch340 = (node: string, port: string): Plug => ({
  ...{ node, port, vendor: '1a86', product: '7523', name: 'USB Serial' },
  ...{ byId: 'usb-1a86_USB_Serial-if00-port0', byPath: `platform-xhci-usb-0:${port}:1.0-port0` },
});
const statusb = (node: string, port: string, serial: string): Plug => ({
  ...{ node, port, vendor: '2047', product: '03df', maker: 'CompuLab', name: 'fit-statUSB', serial },
  ...{ byId: `usb-CompuLab_fit-statUSB_${serial}-if00`, byPath: `platform-xhci-usb-0:${port}:1.0` },
});

describe.skipIf(!hasSocat)(`what is plugged in${hasSocat ? '' : ' (skipped: no socat; install it)'}`, () => {
  it('is told apart by its serial number, its lasting name or its port, under whatever kernel name', async () => {
    const folder = temporaryFolder(ends);
    const [one, two, left, right] = [
      await plugIn(ends, folder, 'one'),
      await plugIn(ends, folder, 'two'),
      await plugIn(ends, folder, 'left'),
      await plugIn(ends, folder, 'right'),
    ];
    const { bus, plug } = pluggable();
    plug([
      { ...statusb('ttyACM0', '1-1.1', 'AB12'), terminal: one },
      { ...statusb('ttyACM1', '1-1.2', 'CD34'), terminal: two },
      { ...ch340('ttyUSB0', '1-1.3'), terminal: left },
      { ...ch340('ttyUSB1', '1-1.4'), terminal: right },
    ]);
    const lights = [
      start(bus, 'device: "usb:2047:03df:AB12"').light,
      start(bus, 'device: /dev/serial/by-id/usb-CompuLab_fit-statUSB_CD34-if00').light,
      start(bus, 'device: "usb:1a86:7523@1-1.3", protocol: tower').light,
      start(bus, 'device: "/dev/serial/by-path/platform-xhci-usb-0:1-1.4:1.0-port0", protocol: tower').light,
    ];
    const check = async (turn: boolean) => {
      for (const [at, light] of lights.entries()) light.show((at % 2 === 0) === turn ? red : green, 'busy');
      const colors = (heard: Buffer) =>
        String(heard)
          .match(/#[0-9A-F]{6}/g)
          ?.at(-1);
      await eventually(() => {
        expect([colors(one.heard()), colors(two.heard())]).toEqual(
          turn ? ['#FF0000', '#00FF00'] : ['#00FF00', '#FF0000'],
        );
        expect([left.heard().at(-1), right.heard().at(-1)]).toEqual(turn ? [0x11, 0x14] : [0x14, 0x11]);
      });
    };
    await check(true);
    // The fit-statUSBs change their sockets, and every one its kernel name.
    plug([
      { ...statusb('ttyACM1', '1-1.2', 'AB12'), terminal: one },
      { ...statusb('ttyACM0', '1-1.1', 'CD34'), terminal: two },
      { ...ch340('ttyUSB1', '1-1.3'), terminal: left },
      { ...ch340('ttyUSB0', '1-1.4'), terminal: right },
    ]);
    await check(false);
  });

  it('is told nothing when a Zigbee stick or a modem sits at the path of a light', async () => {
    const folder = temporaryFolder(ends);
    const [stick, modem, good] = [
      await plugIn(ends, folder, 'stick'),
      await plugIn(ends, folder, 'modem'),
      await plugIn(ends, folder, 'good'),
    ];
    const { bus, plug } = pluggable();
    plug([
      {
        ...ch340('ttyUSB0', '1-1.1'),
        vendor: '10c4',
        product: 'ea60',
        name: 'Sonoff Zigbee 3.0',
        terminal: stick,
      },
      { ...ch340('ttyUSB1', '1-1.2'), vendor: '2c7c', product: '0125', name: 'EG25-G', terminal: modem },
      { ...statusb('ttyACM0', '1-1.3', 'AB12'), terminal: good },
    ]);
    const wrong = start(bus, 'device: /dev/ttyUSB0, protocol: adalight');
    const other = start(bus, 'device: /dev/ttyUSB1, protocol: busy-tag');
    const { light, lines } = start(bus, 'device: /dev/ttyACM0');
    for (const one of [wrong.light, other.light, light]) one.show(red, 'busy');
    await eventually(() => expect(String(good.heard())).toContain('#FF0000\n'));
    expect([stick.heard(), modem.heard()].map(String)).toEqual(['', '']);
    expect(wrong.lines.join()).toMatch(
      /^Light desk: \/dev\/ttyUSB0 is Sonoff Zigbee .*nothing is sent to it\.$/,
    );
    expect(other.lines.join()).toMatch(/is EG25-G \(2c7c:0125\), a modem and no light: nothing is sent/);
    expect(lines[0]).toMatch(/write \/dev\/serial\/by-id\/usb-CompuLab_fit-statUSB_AB12-if00 as its device/);
  });

  it('may go in the middle of a message, and has the newest colour after its return', async () => {
    const folder = temporaryFolder(ends);
    const first = await plugIn(ends, folder);
    const { light } = start(usbBus, `device: ${first.near}, protocol: adalight, leds: { count: 300 }`);
    light.show(look(255, 0, 0, 'pulse'), 'call');
    await eventually(() => expect(first.heard().length).toBeGreaterThan(906));
    // Its side fills, and one message waits half written.
    first.freeze();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    first.unplug();
    light.show(green, 'available');
    await eventually(() => expect(light.report().online).toBe(false), 2_000);
    const again = await plugIn(ends, folder);
    const frame = `416461012b7f${'00ff00'.repeat(300)}`;
    await eventually(() => expect(again.heard().toString('hex').startsWith(frame)).toBe(true), 6_000);
  });

  it.each([
    ['wled', '{"state":{"seg":[{"col":[7]}]}}\n{"state":'],
    ['busy-tag', '\u0000\u00ff+evn:\r\n\r\nOKOK'],
    ['espruino', '\u001b[2J>>>Uncaught\n'],
    ['fit-statusb', 'ATI\r\nERROR\r\n#'],
  ])('may answer %s with nonsense and half lines', async (protocol, nonsense) => {
    const { near, heard, say } = await plugIn(ends, temporaryFolder(ends));
    const { light, lines } = start(usbBus, `device: ${near}, protocol: ${protocol}`);
    light.show(red, 'busy');
    await eventually(() => expect(light.report().online).toBe(true));
    for (let time = 0; time < 50; time++) say(nonsense);
    const before = heard().length;
    light.show(green, 'available');
    await eventually(() => expect(heard().length).toBeGreaterThan(before));
    expect(light.report().online).toBe(true);
    expect(lines.length).toBeLessThan(3);
  });
});
