import { createServer } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLampHost, type LampHost, type LampHostOptions } from '../../simulator/lamp/host.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type Built, buildAll } from './built.ts';
import { createFakeBridge, type FakeBridge } from './fake-bridge.ts';
import { red } from './samples.ts';
import { id, key } from './test-bridge.ts';

let built: Built;
let host: LampHost | undefined;

beforeAll(async () => {
  built = await buildAll();
});
afterEach(() => {
  host?.stop();
  host = undefined;
});

const leds = { count: 1, order: 'rgb', gamma: 1 };
const network = { ssid: 'contoso', password: 'secret-word' };

/** A lamp with its loader on a fake clock, at a bridge that says red. */
function plugIn(settings: Record<string, unknown> = {}, options: Partial<LampHostOptions> = {}) {
  const clock = createFakeClock();
  const bridge = createFakeBridge(clock);
  bridge.set(red);
  const lamp = { shown: '', lines: [] as string[] };
  host = createLampHost({
    firmware: built.app,
    loader: built.loader,
    setup: built.setup,
    settings: { id, key, leds, ...settings },
    clock,
    random: () => 0.5,
    log: (line) => lamp.lines.push(line),
    onPixels: (rgb) => {
      lamp.shown = rgb.join();
    },
    modules: bridge.modules,
    ...options,
  });
  const state = () => lastState(bridge);
  return Object.assign(lamp, { host, clock, bridge, state });
}

function lastState(bridge: FakeBridge): Record<string, unknown> {
  return JSON.parse(bridge.said.filter(({ topic }) => topic.endsWith('/state')).at(-1)?.payload ?? '{}');
}

const isRed = '255,0,0';
const starts = (lines: string[]) => lines.filter((line) => line.startsWith('Doorlight')).length;

describe('the loader', () => {
  it('waits a second in which the app can be kept from starting', async () => {
    const lamp = plugIn();
    lamp.host.start();
    await lamp.clock.advance(900);
    expect(lamp.lines).toEqual([]);
    await lamp.clock.advance(200);
    expect(starts(lamp.lines)).toBe(1);
  });

  it('never writes while all is well, and starts a confirmed app however often', async () => {
    const lamp = plugIn();
    for (let i = 0; i < 10; i++) {
      lamp.host.start();
      await lamp.clock.advance(1500);
      lamp.host.stop();
    }
    expect(lamp.host.files.get('boot')).toBe('a');
    expect(starts(lamp.lines)).toBe(10);
  });

  it('restarts an app that no longer says that it is well', async () => {
    const lamp = plugIn({}, { firmware: 'print("Doorlight"); while (0) {}' });
    lamp.host.start();
    await lamp.clock.advance(125_000);
    expect(starts(lamp.lines)).toBe(2);
  });

  it('takes the old app again within two minutes of a new one that hangs', async () => {
    const lamp = plugIn();
    lamp.host.files.set('boot', 'b0');
    // What hangs has no timer that could end its trial: neither the loader's.
    lamp.host.files.set('app.b', 'print("hangs"); clearTimeout();');
    lamp.host.start();
    await lamp.clock.advance(120_000);
    expect(lamp.lines.filter((line) => line === 'hangs')).toHaveLength(3);
    expect(lamp.host.files.get('boot')).toBe('a');
    await lamp.clock.advance(5_000);
    expect(lamp.shown).toBe(isRed);
    expect(lamp.state()).toMatchObject({ slot: 'a', restart: 'update undone: three starts failed' });
  });
});

describe('Wi-Fi', () => {
  it('goes to the next network when one is gone, and back to the bridge', async () => {
    const air = new Map([['contoso', 'secret-word']]);
    const second = { ssid: 'fabrikam', password: 'other-word' };
    const lamp = plugIn({ networks: [network, second] }, { air });
    lamp.host.start();
    await lamp.clock.advance(10_000);
    expect(lamp.shown).toBe(isRed);
    expect(lamp.host.wifi()!.joined).toEqual(['contoso']);

    air.clear();
    air.set('fabrikam', 'other-word');
    await lamp.clock.advance(60_000);
    expect(lamp.host.wifi()!.joined).toContain('fabrikam');
    expect(lamp.shown).toBe(isRed);
    expect(lamp.state()).toMatchObject({ ip: '127.0.0.1', rssi: -60 });
  });

  it('tries patiently, then starts anew and says why', async () => {
    const air = new Map<string, string>();
    const lamp = plugIn({ networks: [network] }, { air });
    lamp.host.start();
    await lamp.clock.advance(590_000);
    const tries = lamp.host.wifi()!.joined.length;
    expect(tries).toBeGreaterThan(15);
    expect(tries).toBeLessThan(60);
    expect(starts(lamp.lines)).toBe(1);
    air.set('contoso', 'secret-word');
    await lamp.clock.advance(60_000);
    expect(lamp.shown).toBe(isRed);

    air.clear();
    await lamp.clock.advance(615_000);
    expect(starts(lamp.lines)).toBe(2);
    air.set('contoso', 'secret-word');
    await lamp.clock.advance(60_000);
    expect(lamp.state()).toMatchObject({ restart: 'no Wi-Fi' });
  });
});

describe('the set-up network', () => {
  async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  it('opens with its password when no network is found, closes by itself, and never without a password', async () => {
    const air = new Map<string, string>();
    const lamp = plugIn({ networks: [network], setup: { password: 'printed-word' } }, { air });
    lamp.host.start();
    await lamp.clock.advance(170_000);
    expect(lamp.host.wifi()!.accessPoint()).toBeUndefined();
    await lamp.clock.advance(20_000);
    expect(lamp.host.wifi()!.accessPoint()).toEqual({ ssid: `Doorlight-${id}`, password: 'printed-word' });
    await lamp.clock.advance(180_000);
    expect(lamp.host.wifi()!.accessPoint()).toBeUndefined();
    expect(starts(lamp.lines)).toBe(2);
    lamp.host.stop();

    const closed = plugIn({ networks: [network] }, { air });
    closed.host.start();
    await closed.clock.advance(300_000);
    expect(closed.host.wifi()!.accessPoint()).toBeUndefined();
  });

  it('opens at once when the lamp knows no network at all', async () => {
    const lamp = plugIn({ networks: [], setup: { password: 'printed-word' } }, { air: new Map() });
    lamp.host.start();
    await lamp.clock.advance(10_000);
    expect(lamp.host.wifi()!.accessPoint()).toEqual({ ssid: `Doorlight-${id}`, password: 'printed-word' });
    await lamp.clock.advance(200_000);
    expect(lamp.host.wifi()!.accessPoint()).toBeDefined();
  });

  it('says so when there is no room for what was entered', async () => {
    const port = await freePort();
    const settings = { networks: [network], setup: { password: 'printed-word', port } };
    const bytes = [
      built.app,
      built.loader,
      built.setup,
      JSON.stringify({ id, key, leds, ...settings }),
    ].reduce((sum, text) => sum + text.length, 40);
    const lamp = plugIn(settings, { air: new Map(), storageBytes: bytes });
    lamp.host.start();
    await lamp.clock.advance(190_000);
    const body = `ssid=${'n'.repeat(32)}&password=${'p'.repeat(63)}`;
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body,
      headers: { connection: 'close' },
    });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('no room');
    await lamp.clock.advance(10_000);
    expect(starts(lamp.lines)).toBe(1);
  });

  it('takes a network by its form, tries it, and keeps it', async () => {
    const air = new Map<string, string>();
    const port = await freePort();
    const lamp = plugIn({ networks: [network], setup: { password: 'printed-word', port } }, { air });
    lamp.host.start();
    await lamp.clock.advance(190_000);
    const url = `http://127.0.0.1:${port}/`;
    const page = await (await fetch(url)).text();
    expect(page).toContain('<form');
    expect(page).toContain(id);
    const post = (body: string) =>
      fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded', connection: 'close' },
      });
    expect((await post('ssid=&password=short')).status).toBe(400);
    expect((await post(`ssid=${'x'.repeat(1000)}`)).status).toBe(413);
    expect((await post('ssid=caf%C3%A9+west&password=word+with+spaces')).status).toBe(200);

    air.set('caf\xc3\xa9 west', 'word with spaces');
    await lamp.clock.advance(30_000);
    expect(lamp.shown).toBe(isRed);
    const kept = JSON.parse(lamp.host.files.get('settings')!) as { networks: { ssid: string }[] };
    expect(kept.networks.map(({ ssid }) => ssid)).toEqual(['caf\xc3\xa9 west', 'contoso']);
  });

  it('forgets a network that does not work', async () => {
    const air = new Map<string, string>();
    const port = await freePort();
    const lamp = plugIn({ networks: [network], setup: { password: 'printed-word', port } }, { air });
    const before = lamp.host.files.get('settings');
    lamp.host.start();
    await lamp.clock.advance(190_000);
    await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body: 'ssid=wrong&password=wrong-word',
      headers: { connection: 'close' },
    });
    await lamp.clock.advance(70_000);
    air.set('contoso', 'secret-word');
    await lamp.clock.advance(30_000);
    expect(lamp.shown).toBe(isRed);
    expect(lamp.host.files.get('settings')).toBe(before);
  });
});

describe('memory and Storage', () => {
  it('restarts when memory runs out, shows unknown meanwhile, and says why', async () => {
    const lamp = plugIn();
    lamp.host.start();
    await lamp.clock.advance(5000);
    expect(lamp.shown).toBe(isRed);
    lamp.host.exhaustMemory();
    await lamp.clock.advance(1020);
    expect(lamp.shown).not.toBe(isRed);
    await lamp.clock.advance(5000);
    expect(lamp.shown).toBe(isRed);
    expect(lamp.state()).toMatchObject({ restart: 'out of memory' });
  });

  it('works on with a full Storage', async () => {
    const bytes = [built.app, built.loader, built.setup].reduce((sum, text) => sum + text.length, 400);
    const lamp = plugIn({}, { storageBytes: bytes });
    lamp.host.start();
    await lamp.clock.advance(5000);
    expect(lamp.shown).toBe(isRed);
  });

  // Of a trial of settings: the start counter, the copy, the settings; whichever is torn, the lamp comes back.
  it.each([1, 2, 3])('survives a plug pulled in write %i while settings are kept', async (count) => {
    const lamp = plugIn();
    const good = JSON.parse(lamp.host.files.get('settings')!) as object;
    lamp.host.files.set('settings.new', JSON.stringify({ ...good, leds: { ...leds, count: 2 } }));
    lamp.host.pullPlugAtWrite(count);
    lamp.host.start();
    await lamp.clock.advance(8000);
    lamp.shown = '';
    lamp.host.stop();
    lamp.host.start();
    await lamp.clock.advance(8000);
    expect(lamp.shown).toMatch(/^255,0,0/);
  });
});
