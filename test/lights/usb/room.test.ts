import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { usbFindings } from '../../../bridge/check/usb.ts';
import { openConfigFile } from '../../../bridge/config/file.ts';
import { loadConfig, parseConfig } from '../../../bridge/config/load.ts';
import type { UsbBus } from '../../../bridge/lights/usb/bus.ts';
import type { UsbDevice } from '../../../bridge/lights/usb/devices.ts';
import { pretendedStatusb, pretendUsb } from '../../../bridge/lights/usb/pretend.ts';
import { createUsbRoom } from '../../../bridge/rooms/usb.ts';
import { systemClock } from '../../../protocol/clock.ts';
import { openFitStatusb } from '../../../simulator/serial/fit-statusb.ts';
import { type Ends, endAll, eventually, startBridge, temporaryFolder } from '../../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const zigbee: UsbDevice = {
  ...{ kind: 'serial', path: '/dev/ttyUSB0', vendor: '10c4', product: 'ea60', port: '1-2' },
  ...{ maker: 'ITead', name: 'Sonoff Zigbee 3.0 USB Dongle Plus' },
};
const unknown: UsbDevice = {
  ...{ kind: 'serial', path: '/dev/ttyUSB1', vendor: '1a86', product: '7523', port: '1-3' },
  ...{ maker: '', name: 'USB Serial' },
};

/** A fit-statUSB, a Zigbee stick and something behind a CH340, of which only configured paths are found. */
function desk(lights = 'lights: []', file = true) {
  const shone: string[] = [];
  const pretended = pretendUsb(pretendedStatusb, () =>
    openFitStatusb(systemClock, (pixels) => shone.push(Buffer.from(pixels).toString('hex'))),
  );
  const all = [pretendedStatusb, zigbee, unknown];
  const bus: UsbBus = {
    ...pretended,
    list: () => all,
    find(device) {
      const found = all.find(({ path, byId }) => device === path || device === byId || device.includes(path));
      const plugged = found ?? all.find((one) => device === `usb:${one.vendor}:${one.product}`);
      return plugged ? { at: plugged.path, plugged: 'x', device: plugged } : { missing: true };
    },
  };
  const configFile = join(temporaryFolder(ends), 'doorlight.yaml');
  const text = `# mine\npeople: [{ id: alice, user: alice@contoso.com }]\n${lights}\n`;
  writeFileSync(configFile, text);
  const identified: string[] = [];
  const config = parseConfig(text, 'test.yaml');
  const opened = file
    ? openConfigFile({
        ...{ file: configFile, clock: systemClock, env: {}, secrets: {} as never },
        writeSecrets: () => Promise.resolve(),
      })
    : undefined;
  const room = createUsbRoom({
    ...{ bus, clock: systemClock },
    lights: () => (opened?.config ?? config).lights,
    file: opened?.configFile,
    identify: (light) => identified.push(light),
  });
  ends.push(room.stop);
  return { room, bus, shone, configFile, identified, config };
}

describe('what is plugged in', () => {
  it('is listed with what it is: a light, a stranger, or somebody must say', () => {
    const { room } = desk();
    expect(
      room.list().map(({ device, protocol, stranger, light }) => [device, protocol, stranger, light]),
    ).toEqual([
      [pretendedStatusb.byId, 'fit-statusb', null, null],
      ['usb:10c4:ea60', null, 'a Zigbee, Thread or Z-Wave stick', null],
      ['usb:1a86:7523', null, null, null],
    ]);
  });

  it('blinks to be found, and is dark again afterwards', async () => {
    const { room, shone } = desk();
    expect(await room.identify(pretendedStatusb.byId!, undefined)).toEqual({ blinking: true });
    await eventually(() => expect(shone).toContain('ffffff'));
    room.stop();
    await eventually(() => expect(shone.at(-1)).toBe('000000'));
  });

  it('is not blinked at when it is a stranger, unknown or not there', async () => {
    const { room, shone } = desk();
    expect(await room.identify('usb:10c4:ea60', 'adalight')).toMatchObject({ error: /nothing is sent/ });
    expect(await room.identify('usb:1a86:7523', undefined)).toMatchObject({
      error: /protocol other than auto/,
    });
    expect(await room.identify('/dev/ttyUSB9', undefined)).toMatchObject({ missing: true });
    expect(await room.identify('usb:1a86:7523', 'nonsense')).toMatchObject({ error: /protocol/ });
    expect(shone).toEqual([]);
  });

  it('is asked through its light when it has one', async () => {
    const { room, identified } = desk(
      `lights: [{ id: lamp, kind: serial, device: ${pretendedStatusb.byId} }]`,
    );
    expect(room.list()[0]!.light).toBe('lamp');
    expect(await room.identify(pretendedStatusb.byId!, undefined)).toEqual({ blinking: true });
    expect(identified).toEqual(['lamp']);
  });

  it('becomes a light of the configuration in one step, comments and all', async () => {
    const { room, configFile } = desk();
    expect(await room.adopt({ id: 'lamp', device: pretendedStatusb.byId!, shows: ['alice'] })).toEqual({
      id: 'lamp',
    });
    expect(
      await room.adopt({ id: 'stack', device: 'usb:1a86:7523', protocol: 'relay', name: 'Stack', shows: [] }),
    ).toMatchObject({ id: 'stack' });
    expect(readFileSync(configFile, 'utf8')).toMatch(/^# mine\n/);
    expect(loadConfig(configFile).lights).toMatchObject([
      { id: 'lamp', kind: 'serial', device: pretendedStatusb.byId, protocol: 'auto', shows: ['alice'] },
      { id: 'stack', kind: 'serial', device: 'usb:1a86:7523', protocol: 'relay', name: 'Stack' },
    ]);
  });

  it('does not become a light without a protocol, of nobody, twice, or in the demo', async () => {
    const { room, configFile } = desk();
    const before = readFileSync(configFile, 'utf8');
    const device = pretendedStatusb.byId!;
    expect(await room.adopt({ id: 'x', device: 'usb:1a86:7523', shows: [] })).toMatchObject({
      error: /protocol/,
    });
    expect(await room.adopt({ id: 'x', device: 'usb:10c4:ea60', shows: [] })).toMatchObject({
      error: /Zigbee/,
    });
    expect(await room.adopt({ id: 'x', device, shows: ['nobody'] })).toMatchObject({ error: /nobody/ });
    expect(readFileSync(configFile, 'utf8')).toBe(before);
    expect(await desk('lights: []', false).room.adopt({ id: 'x', device, shows: [] })).toMatchObject({
      error: /no configuration file/,
    });
  });
});

describe('doorlight check', () => {
  const findings = (lights: string) => {
    const { bus, config } = desk(lights);
    return usbFindings(config, bus).map(
      ({ what, level, message, mend = '' }) => `${what} ${level}: ${message} ${mend}`,
    );
  };

  it('lists what is not in use, and how to use it', () => {
    const found = findings('lights: []');
    expect(found).toHaveLength(3);
    expect(found[0]).toMatch(
      /CompuLab fit-statUSB \(2047:03df\).*is a light \(fit-statusb\).*light add ID --kind serial --device/,
    );
    expect(found[1]).toMatch(/Zigbee.*left alone/);
    expect(found[2]).toMatch(/could be a light.*--protocol PROTOCOL/);
  });

  it('says what is wrong with a light that is configured, and the mend', () => {
    const found = findings(`lights:
      - { id: gone, kind: serial, device: /dev/ttyACM9 }
      - { id: wrong, kind: serial, device: /dev/ttyUSB0, protocol: adalight }
      - { id: which, kind: serial, device: /dev/ttyUSB1 }`);
    expect(found[0]).toMatch(/^Light gone warning: \/dev\/ttyACM9 is not there\. Plug it in/);
    expect(found[1]).toMatch(/^Light wrong fault: .*Zigbee.* Nothing is sent to it\.$/);
    expect(found[2]).toMatch(
      /^Light which fault: .*does not say what light it is\. Give the light a protocol/,
    );
  });
});

describe('the API', () => {
  it('lists, blinks and adopts', async () => {
    const { bus, shone } = desk();
    const { urls } = await startBridge(ends, 'web: {}', { usb: bus, push: true });
    const call = (method: string, path: string, body?: object) =>
      fetch(`${urls.web}/api/serial${path}`, {
        method,
        ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
      });
    expect(await (await call('GET', '')).json()).toHaveLength(3);
    const device = pretendedStatusb.byId!;
    expect((await call('POST', '/identify', { device })).status).toBe(202);
    await eventually(() => expect(shone).toContain('ffffff'));
    expect((await call('POST', '/identify', { device: '/dev/ttyUSB9' })).status).toBe(404);
    expect((await call('POST', '/identify', { device: 'usb:10c4:ea60', protocol: 'wled' })).status).toBe(409);
    expect((await call('POST', '/adopt', { device, id: 'Not An Id', shows: [] })).status).toBe(400);
    const refused = await call('POST', '/adopt', { device, id: 'lamp', shows: [] });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toEqual({ error: expect.stringMatching(/no configuration file/) });
  });
});
