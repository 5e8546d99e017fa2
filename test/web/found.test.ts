import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UsbBus } from '../../bridge/lights/usb/bus.ts';
import type { UsbDevice } from '../../bridge/lights/usb/devices.ts';
import type { FoundView } from '../../protocol/found.ts';
import { loopbackNetwork, plugInWled } from '../lights/wled/fake-wled.ts';
import { type Ends, endAll, eventually } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const text = '# mine\npeople: [{ id: alice, user: alice@contoso.com }]\n';
const board: UsbDevice = {
  ...{ kind: 'serial', path: '/dev/ttyUSB7', vendor: '1a86', product: '7523', port: '1-3' },
  ...{ maker: 'QinHeng', name: 'USB Serial' },
};
const statusb: UsbDevice = {
  ...{ kind: 'serial', path: '/dev/ttyACM7', vendor: '2047', product: '03df', port: '1-4' },
  ...{ maker: 'Compulab', name: 'fit-statUSB' },
};
const zigbee: UsbDevice = { ...board, path: '/dev/ttyUSB8', maker: 'ITead', name: 'Zigbee 3.0', port: '1-5' };

function bus(...all: UsbDevice[]): UsbBus {
  return {
    list: () => all,
    find: () => ({ missing: true }),
    plugged: () => undefined,
    watch: () => () => {},
    open() {
      throw new Error('nothing is opened in this test');
    },
  };
}

type Page = Awaited<ReturnType<typeof startWeb>>['page'];
const found = (page: Page, count: number) =>
  vi.waitFor(
    async () => {
      const { body } = await page<FoundView>('GET', '/api/found');
      expect(body.lights).toHaveLength(count);
      return body;
    },
    { timeout: 10_000, interval: 50 },
  );

describe('a WLED on the network', () => {
  it('is found, blinks, and is a light after one step', async () => {
    const mdns = await loopbackNetwork();
    const wled = await plugInWled(ends, mdns);
    const { page, bridge, file } = await startWeb(ends, text, { mdns, usb: bus() });
    expect((await page<FoundView>('GET', '/api/found')).body).toEqual({ lights: [], searching: true });
    const { lights } = await found(page, 1);
    const { ref } = lights[0]!;
    expect(lights).toEqual([
      {
        ...{ ref: 'wled:0123456a1b2c', kinds: ['wled'], name: 'Desk strip', at: '127.0.0.1' },
        ...{ protocol: null, blinks: true, light: null },
      },
    ]);

    const before = structuredClone(wled.state);
    expect(await page('POST', '/api/found/identify', { ref })).toMatchObject({ status: 202 });
    expect(wled.posts[0]).toMatchObject({
      path: '/json/state',
      body: { on: true, bri: 255, seg: [{ fx: 1 }] },
    });
    await eventually(() => expect(wled.posts[1]).toEqual({ path: '/json/state', body: before }), 15_000);

    const adopted = await page('POST', '/api/found/adopt', {
      ref,
      id: 'strip',
      name: 'Strip',
      shows: ['alice'],
    });
    expect(adopted).toMatchObject({ status: 201, body: { id: 'strip' } });
    expect(readFileSync(file, 'utf8')).toMatch(/# mine[\s\S]*id: strip.*kind: wled/);
    expect(wled.posts.at(-1)).toMatchObject({
      path: '/json/cfg',
      body: {
        rb: true,
        if: { mqtt: { en: true, broker: '127.0.0.1', user: 'strip', topics: { device: 'wled/6a1b2c' } } },
      },
    });
    await eventually(() => expect(bridge.view.light('strip')?.online).toBe(true));
    bridge.view.setPerson('alice', { status: 'busy', for: 'PT1M' });
    await eventually(() =>
      expect(wled.heard).toContainEqual(expect.objectContaining({ on: true, bri: 255 })),
    );
    expect((await found(page, 1)).lights[0]).toMatchObject({ light: 'strip' });
    expect(await page('POST', '/api/found/adopt', { ref, id: 'again', shows: [] })).toMatchObject({
      status: 409,
      body: { error: 'This is the light strip already.' },
    });
  }, 40_000);

  it('that refuses is no light, and the file is as it was', async () => {
    const mdns = await loopbackNetwork();
    const wled = await plugInWled(ends, mdns);
    const { page, file } = await startWeb(ends, text, { mdns, usb: bus() });
    const [light] = (await found(page, 1)).lights;
    const { ref } = light!;
    wled.refuse.set('/json/cfg', { status: 401, text: '{"error":1}' });
    const locked = await page('POST', '/api/found/adopt', { ref, id: 'strip', shows: ['alice'] });
    expect(locked).toMatchObject({ status: 409, body: { error: expect.stringMatching(/PIN/) } });
    wled.refuse.set('/json/cfg', { status: 200, text: 'x'.repeat(100_000) });
    expect(await page('POST', '/api/found/adopt', { ref, id: 'strip', shows: [] })).toMatchObject({
      status: 409,
    });
    expect(await page('POST', '/api/found/adopt', { ref, id: 'strip', shows: ['nobody'] })).toMatchObject({
      status: 400,
      body: { fields: [{ path: expect.stringMatching(/^lights\/strip\/shows/) }] },
    });
    expect(
      await page('POST', '/api/found/adopt', { ref: 'wled:none', id: 'strip', shows: [] }),
    ).toMatchObject({
      status: 404,
    });
    expect(readFileSync(file, 'utf8')).not.toContain('strip');
    expect((await page<object[]>('GET', '/api/lights')).body).toEqual([]);
  });

  it('is not believed when it is none, or sends us elsewhere', async () => {
    const mdns = await loopbackNetwork();
    await plugInWled(ends, mdns, { mac: 'aaaaaaaaaaaa', info: { brand: 'Other' } });
    await plugInWled(ends, mdns, { mac: 'not a mac' });
    // Nobody's address: the lamp is asked where its announcement came from.
    await plugInWled(ends, mdns, { mac: 'bbbbbbbbbbbb', announced: '203.0.113.9' });
    const { page } = await startWeb(ends, text, { mdns, usb: bus() });
    expect((await found(page, 1)).lights[0]).toMatchObject({ ref: 'wled:bbbbbbbbbbbb', at: '127.0.0.1' });
  });
});

describe('what is on USB', () => {
  it('is in the same list: boards to be flashed, lights, and no strangers', async () => {
    const { page, file } = await startWeb(ends, text, {
      mdns: () => Promise.resolve([]),
      usb: bus(board, statusb, zigbee),
    });
    const { lights } = await found(page, 2);
    expect(lights.map(({ ref: _, ...light }) => light)).toEqual([
      {
        ...{ kinds: ['espruino', 'serial'], name: 'QinHeng USB Serial (CH340)', at: '/dev/ttyUSB7' },
        ...{ protocol: null, blinks: false, light: null },
      },
      {
        ...{ kinds: ['serial'], name: 'Compulab fit-statUSB', at: '/dev/ttyACM7' },
        ...{ protocol: 'fit-statusb', blinks: true, light: null },
      },
    ]);
    const [esp, usb] = lights;
    const wifi = { ssid: 'Office', password: 'a-wifi-password' };
    const flashed = await page('POST', '/api/found/adopt', {
      ref: esp!.ref,
      id: 'door',
      shows: ['alice'],
      wifi,
    });
    expect(flashed).toMatchObject({
      status: 201,
      body: { id: 'door', job: { light: 'door', port: '/dev/ttyUSB7' } },
    });
    const adopted = await page('POST', '/api/found/adopt', { ref: usb!.ref, id: 'desk', shows: ['alice'] });
    expect(adopted).toEqual(expect.objectContaining({ status: 201, body: { id: 'desk' } }));
    expect(readFileSync(file, 'utf8')).toMatch(/id: door.*kind: espruino[\s\S]*id: desk.*kind: serial/);
    expect(readFileSync(file, 'utf8')).not.toContain('a-wifi-password');
    const wrong = await page('POST', '/api/found/adopt', { ref: usb!.ref, id: 'x', kind: 'wled', shows: [] });
    expect(wrong).toMatchObject({ status: 409, body: { error: 'It cannot become a light of kind wled.' } });
  });
});
