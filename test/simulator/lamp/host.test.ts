import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildFirmware } from '../../../firmware-js/build.ts';
import { systemClock } from '../../../protocol/clock.ts';
import { createLampHost, type LampHost, type LampHostOptions } from '../../../simulator/lamp/host.ts';
import { createFakeClock } from '../../fake-clock.ts';
import { createTestBridge, id, key, type TestBridge } from '../../firmware/test-bridge.ts';

let built: string;
let host: LampHost | undefined;
let bridge: TestBridge | undefined;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'doorlight-host-'));
  await buildFirmware(join(folder, 'app.js'));
  built = await readFile(join(folder, 'app.js'), 'utf8');
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  host?.stop();
  host = undefined;
  await bridge?.stop();
  bridge = undefined;
});

/** A plugged-in lamp, with what it printed and drew. */
function plugIn(options: Partial<LampHostOptions>) {
  const lines: string[] = [];
  const frames: number[][] = [];
  const clock = createFakeClock();
  host = createLampHost({
    ...{ firmware: built, settings: { id, key }, clock, random: () => 0.5 },
    log: (line) => lines.push(line),
    onPixels: (rgb) => frames.push([...rgb]),
    ...options,
  });
  host.start();
  return { host, lines, frames, clock };
}

/** A lamp on real time at a bridge that has told it to be red. */
async function plugInRed() {
  bridge = await createTestBridge();
  await bridge.online();
  await bridge.show('{"state":"ON","color":{"r":255,"g":10,"b":0},"brightness":255,"effect":"solid"}');
  const timing = { alive: 900, keepAlive: 2000, answer: 800, firstRetry: 50, lastRetry: 300 };
  const settings = {
    id,
    key,
    bridge: '127.0.0.1',
    probePort: bridge.probePort,
    leds: { count: 1, gamma: 1 },
    timing,
  };
  const lamp = plugIn({ clock: systemClock, settings: settings as LampHostOptions['settings'] });
  const showsRed = () => vi.waitFor(() => expect(lamp.frames.at(-1)).toEqual([255, 10, 0]), 6000);
  await showsRed();
  return { ...lamp, bridge, showsRed };
}

describe('createLampHost', () => {
  it('shows the pixels of the strip as red, green and blue, whatever order its wire has', async () => {
    const { showsRed } = await plugInRed();
    await showsRed();
  });

  it('draws 25 frames a second of an effect that moves, and one of a color that stands', async () => {
    const { frames, clock } = plugIn({});
    await clock.advance(1000);
    expect(frames.length).toBeGreaterThanOrEqual(25);
    expect(frames.length).toBeLessThanOrEqual(27);

    const still = await plugInRed();
    const before = still.frames.length;
    await still.bridge.publish('doorlight/lights/door-alice/show', '{"state":"OFF"}', true);
    await vi.waitFor(() => expect(still.frames.at(-1)).toEqual([0, 0, 0]));
    expect(still.frames.length).toBe(before + 1);
  });

  it('stays silent and unknown without settings', async () => {
    const { lines, frames, clock } = plugIn({ settings: { id: '', key: '' } });
    await clock.advance(5000);
    expect(lines.join()).toContain('no settings');
    expect(frames.at(-1)![2]).toBeGreaterThanOrEqual(26);
  });

  it('notices a network that was cut without a word, and comes back with it', async () => {
    const { host, frames, bridge, showsRed } = await plugInRed();
    host.cutNetwork();
    await vi.waitFor(() => expect(frames.at(-1)![2]).toBeGreaterThanOrEqual(26), 6000);
    // The broker has not been told; its keep-alive finds out, and then the last will speaks.
    expect(bridge.said('availability').at(-1)).toBe('online');
    await vi.waitFor(() => expect(bridge.said('availability').at(-1)).toBe('offline'), 6000);
    host.restoreNetwork();
    await showsRed();
    expect(bridge.said('availability').at(-1)).toBe('online');
  });

  it('keeps Storage when the plug is pulled, and leaves no timer or socket', async () => {
    const { host, clock, lines } = plugIn({
      firmware: `
        var boots = 1 + parseInt(require("Storage").read("boots") || "0", 10);
        require("Storage").write("boots", "" + boots);
        print("boot " + boots);
        setInterval(function() { print("tick"); }, 100);
        require("dgram").createSocket("udp4");
      `,
    });
    host.stop();
    expect(clock.pending()).toBe(0);
    host.start();
    await clock.advance(100);
    host.stop();
    await clock.advance(1000);
    expect(clock.pending()).toBe(0);
    expect(lines).toEqual(['boot 1', 'boot 2', 'tick']);
  });

  it('reboots when the firmware asks for it', async () => {
    const { lines, clock } = plugIn({
      firmware: `
        var again = require("Storage").read("again");
        print(again ? "second" : "first");
        require("Storage").write("again", "yes");
        if (!again) E.reboot();
      `,
    });
    await clock.advance(10);
    expect(lines).toEqual(['first', 'second']);
  });

  it('reports a crash and lives on', async () => {
    const { lines, clock } = plugIn({
      firmware:
        'setTimeout(function() { null.x; }, 10); setTimeout(function() { print("alive"); }, 20); x.y;',
    });
    await clock.advance(30);
    expect(lines[0]).toContain('Uncaught ReferenceError');
    expect(lines[1]).toContain('Uncaught TypeError');
    expect(lines[2]).toBe('alive');
  });

  it('reports firmware that is no program, or calls amiss', () => {
    expect(plugIn({ firmware: 'for (' }).lines.join()).toContain('SyntaxError');
    host?.stop();
    expect(plugIn({ firmware: 'require("net").connect()' }).lines.join()).toContain('Uncaught');
  });

  it.each([
    'Map',
    'Promise',
    'Symbol',
    'process.exit',
    'Array.from',
    '[].flat',
    'setImmediate',
    'Buffer',
    'fetch',
  ])('lacks %s, as Espruino does', (name) => {
    const { lines } = plugIn({
      firmware: `var has = false; try { has = ${name} !== undefined; } catch (e) {} print(has);`,
    });
    expect(lines).toEqual(['false']);
  });

  it.each([
    ['a module that is not there', 'require("Wifi")', 'Module "Wifi" not found'],
    ['clearTimeout(undefined)', 'clearTimeout(undefined)', 'not allowed'],
    ['half an LED', 'require("neopixel").write(new Pin("D1"), new Uint8Array(4))', 'multiple of 3'],
  ])('throws on %s, as Espruino does', (_, source, message) => {
    expect(plugIn({ firmware: source }).lines.join()).toContain(message);
  });
});

describe('the firmware on a board with Wi-Fi', () => {
  function createWifi() {
    const wifi = {
      ip: '0.0.0.0',
      joined: [] as string[],
      hostname: '',
      connect: (ssid: string, options: { password?: string }) =>
        wifi.joined.push(`${ssid} ${options.password}`),
      setHostname: (name: string) => {
        wifi.hostname = name;
      },
      getIP: () => ({ ip: wifi.ip }),
      getDetails: () => ({ rssi: -60 }),
    };
    return wifi;
  }
  const settings = { id, key, networks: [{ ssid: 'contoso', password: 'secret' }] };

  it('joins, tries again without a callback, and probes only with an address', async () => {
    const wifi = createWifi();
    let sockets = 0;
    const dgram = {
      createSocket: () => {
        sockets++;
        return { on() {}, send() {}, close() {} };
      },
    };
    const { clock } = plugIn({ settings, modules: { Wifi: wifi, dgram } });
    expect(wifi.joined).toEqual(['contoso secret']);
    expect(wifi.hostname).toBe('doorlight-door-alice');
    await clock.advance(60_000);
    expect(wifi.joined.length).toBeGreaterThan(3);
    expect(sockets).toBe(0);
    wifi.ip = '192.0.2.7';
    const joins = wifi.joined.length;
    await clock.advance(60_000);
    expect(wifi.joined.length).toBe(joins);
    // Each 5 s at the longest, and never less than half a second apart in the long run.
    expect(sockets).toBeGreaterThan(11);
    expect(sockets).toBeLessThan(40);
  });

  it('starts anew after ten minutes without an address', async () => {
    const wifi = createWifi();
    const { lines, clock } = plugIn({ settings, modules: { Wifi: wifi } });
    await clock.advance(599_000);
    expect(lines.filter((line) => line.startsWith('Doorlight'))).toHaveLength(1);
    await clock.advance(10_000);
    expect(lines.filter((line) => line.startsWith('Doorlight'))).toHaveLength(2);
  });

  it('gets what comes later on a slow network', async () => {
    bridge = await createTestBridge();
    await bridge.online();
    const settings = { id, key, bridge: '127.0.0.1', probePort: bridge.probePort };
    const { host: slow } = plugIn({ settings, clock: systemClock });
    slow.slowNetwork(150);
    await vi.waitFor(() => expect(bridge!.probes.length).toBeGreaterThan(0), 5000);
    expect(bridge.logins).toEqual([]);
    await vi.waitFor(() => expect(bridge!.said('availability')).toContain('online'), 8000);
  });
});
