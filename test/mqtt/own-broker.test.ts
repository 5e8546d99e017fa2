import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBridge } from '../../bridge/bridge.ts';
import { listenersOf } from '../../bridge/config/listeners.ts';
import { parseConfig } from '../../bridge/config/load.ts';
import type { Bridge } from '../../bridge/ports.ts';
import { openStore } from '../../bridge/store.ts';
import { systemClock } from '../../protocol/clock.ts';

const program = ['/usr/sbin/mosquitto', 'mosquitto'].find(
  (path) => spawnSync(path, ['-h'], { stdio: 'ignore' }).error === undefined,
);
const log = { debug() {}, info() {}, warn() {}, error() {} };
const backMs = 10_000;

let folder: string;
let port: number;
let mosquitto: ChildProcess | undefined;
let bridge: Bridge | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlight-mosquitto-'));
  port = await freePort();
});

afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
}

/** Without persistence: a broker that is restarted has forgotten everything. */
async function startMosquitto(): Promise<void> {
  const file = join(folder, 'mosquitto.conf');
  writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  mosquitto = spawn(program!, ['-c', file], { stdio: 'ignore' });
  await vi.waitFor(async () => {
    const probe = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
    await probe.endAsync();
  }, backMs);
}

async function kill(): Promise<void> {
  const child = mosquitto;
  mosquitto = undefined;
  if (!child || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function startBridge(mqttSection: string, more = ''): Promise<Bridge> {
  const config = parseConfig(
    `people: [{ id: alice, user: alice@contoso.com }]
lights:
  - { id: door, kind: espruino, shows: [alice] }
${more}
mqtt:
  listen: { host: 127.0.0.1, probePort: 0, tlsPort: 0 }
${mqttSection}
web: { host: 127.0.0.1 }`,
    'test.yaml',
  );
  bridge = await createBridge(config, {
    clock: systemClock,
    log,
    store: openStore(join(folder, 'data')),
    listeners: listenersOf(config, { mqtt: 0, web: 0, hooks: 0 }),
  });
  await bridge.start();
  return bridge;
}

/** Every retained message and what comes later, by topic. */
async function listen(): Promise<{ seen: Map<string, string>; client: mqtt.MqttClient }> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 100 });
  const seen = new Map<string, string>();
  client.on('message', (topic, payload) => seen.set(topic, payload.toString()));
  client.on('error', () => {});
  await client.subscribeAsync('#', { qos: 1 });
  return { seen, client };
}

const suites = [
  ['as own broker', () => `  broker: mqtt://127.0.0.1:${port}`],
  ['as mirror', () => `  mirror: { url: 'mqtt://127.0.0.1:${port}' }`],
] as const;

describe.skipIf(!program)("a user's mosquitto (skipped without it: install mosquitto from Debian)", () => {
  it.each(suites)(
    '%s: has everything, takes commands, and has all again after a kill',
    async (_how, section) => {
      await startMosquitto();
      await startBridge(section());
      const { seen, client } = await listen();
      await vi.waitFor(() => expect(seen.get('doorlight/presence/alice/status')).toBe('unknown'), backMs);
      await vi.waitFor(() => expect(seen.get('doorlight/bridge/state')).toBe('online'), backMs);
      expect(seen.has('homeassistant/device/doorlight_person_alice/config')).toBe(true);

      await vi.waitFor(async () => {
        await client.publishAsync('doorlight/presence/alice/set', '{"status":"dnd"}', { qos: 1 });
        await vi.waitFor(() => expect(seen.get('doorlight/presence/alice/status')).toBe('dnd'));
      }, backMs);
      expect(JSON.parse(seen.get('doorlight/lights/door/show')!)).toMatchObject({ effect: 'blink-slow' });

      await kill();
      await new Promise<void>((resolve) => client.once('close', () => resolve()));
      seen.clear();
      await startMosquitto();
      await vi.waitFor(() => expect(seen.get('doorlight/presence/alice/status')).toBe('dnd'), backMs);
      await vi.waitFor(() => expect(seen.get('doorlight/bridge/state')).toBe('online'), backMs);

      await bridge!.stop();
      bridge = undefined;
      await vi.waitFor(() => expect(seen.get('doorlight/bridge/state')).toBe('offline'));
      expect(seen.get('doorlight/presence/alice/status')).toBe('unknown');
      await client.endAsync(true);
    },
  );

  it('ignores a retained command, before and after it was there', async () => {
    await startMosquitto();
    const { seen, client } = await listen();
    await client.publishAsync('doorlight/presence/alice/set', '{"status":"dnd"}', { qos: 1, retain: true });
    await startBridge(suites[0][1]());
    await vi.waitFor(() => expect(seen.get('doorlight/bridge/state')).toBe('online'), backMs);
    await client.publishAsync('doorlight/presence/alice/set', '{"status":"busy"}', { qos: 1, retain: true });
    await vi.waitFor(async () => {
      await client.publishAsync('doorlight/bridge/request/health', '{"transaction":1}', { qos: 1 });
      await vi.waitFor(() => expect(seen.has('doorlight/bridge/response/health')).toBe(true));
    }, backMs);
    expect(seen.get('doorlight/presence/alice/status')).toBe('unknown');
    await client.endAsync(true);
  });

  it('leaves nothing of a light that is gone', async () => {
    await startMosquitto();
    const more = '  - { id: strip, kind: wled, topic: wled/0a1b2c, shows: [alice] }';
    await startBridge(suites[0][1](), more);
    const { seen, client } = await listen();
    const topics = ['doorlight/lights/strip/show', 'homeassistant/device/doorlight_light_strip/config'];
    await vi.waitFor(() => expect([...seen.keys()]).toEqual(expect.arrayContaining(topics)), backMs);
    await bridge!.stop();
    await startBridge(suites[0][1]());
    await vi.waitFor(() => expect(topics.map((topic) => seen.get(topic))).toEqual(['', '']), backMs);
    await client.endAsync(true);
  });
});
