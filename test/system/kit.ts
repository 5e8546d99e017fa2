/** What system tests share: the stand-in, a bridge on it, lamps on the built firmware, and waiting for what must come. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import mqtt, { type MqttClient } from 'mqtt';
import { vi } from 'vitest';
import { firmwareFile } from '../../bridge/assets.ts';
import { createBridge } from '../../bridge/bridge.ts';
import { openConfigFile } from '../../bridge/config/file.ts';
import { listenersOf } from '../../bridge/config/listeners.ts';
import { parseConfig } from '../../bridge/config/load.ts';
import { readSecrets, secretsFile } from '../../bridge/config/secrets.ts';
import type { OpenSerial } from '../../bridge/lights/serial/open.ts';
import type { UsbBus } from '../../bridge/lights/usb/bus.ts';
import type { Log } from '../../bridge/log.ts';
import { openAccounts } from '../../bridge/mqtt/accounts.ts';
import type { Bridge, BridgePorts } from '../../bridge/ports.ts';
import { openStore } from '../../bridge/store.ts';
import { type Clock, systemClock } from '../../protocol/clock.ts';
import {
  clientId,
  createGraphStandIn,
  type GraphStandInOptions,
  tenantId,
} from '../../simulator/graph/stand-in.ts';
import { createLampHost, type LampHost } from '../../simulator/lamp/host.ts';

export type Ends = (() => unknown)[];

export function temporaryFolder(ends: Ends): string {
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-test-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function endAll(ends: Ends): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

/** A tenant with Alice, Bob and Carol, and its control API. */
export async function startTenant(ends: Ends, options: Partial<GraphStandInOptions> = {}) {
  const graph = createGraphStandIn({
    clock: systemClock,
    port: 0,
    controlPort: 0,
    dataDir: temporaryFolder(ends),
    autoApprove: true,
    deviceInterval: 0.05,
    ...options,
  });
  const addresses = await graph.start();
  ends.push(graph.stop);
  const control = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${addresses.controlUrl}${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : ((await answer.json()) as unknown);
  };
  return {
    ...addresses,
    graph,
    control,
    setPresence: (user: string, activity: string) =>
      control('PUT', `/users/${user}/presence`, { availability: activity }),
    microsoft: `microsoft: { tenant: ${tenantId}, clientId: ${clientId}, graphUrl: "${addresses.graphUrl}", authorityUrl: "${addresses.graphUrl}", caFile: "${addresses.caFile}" }`,
  };
}

export const people = `people:
  - { id: alice, user: alice@contoso.com, name: Alice Ng }
  - { id: bob, user: bob@contoso.com, name: Bob Meyer }`;

export const consumer = 'users: [{ username: test, password: test-password, access: all }]';

/** A bridge on any free ports; `push` lets the stand-in reach its hooks. */
export async function startBridge(
  ends: Ends,
  text: string,
  options: {
    push?: boolean;
    folder?: string;
    clock?: Clock;
    usb?: UsbBus;
    mdns?: BridgePorts['mdns'];
    openSerial?: OpenSerial;
    log?: Log;
    file?: string;
    /** Taken again after a restart; any free ones otherwise. */
    ports?: { mqtt?: number; probe?: number };
  } = {},
) {
  const folder = options.folder ?? temporaryFolder(ends);
  const store = openStore(folder);
  const { file } = options;
  if (file && text) writeFileSync(file, text);
  const opened = file
    ? openConfigFile({
        file,
        clock: options.clock ?? systemClock,
        env: process.env,
        secrets: readSecrets(folder),
        writeSecrets: (secrets) => store.write(secretsFile, secrets),
      })
    : undefined;
  const config = opened?.config ?? parseConfig(text, 'test.yaml');
  const accounts = openAccounts(store, []);
  const keys = new Map<string, string>();
  for (const light of config.lights) {
    if (light.kind === 'espruino')
      keys.set(light.id, accounts.keyOf(light.id) ?? (await accounts.mintLamp(light.id)));
  }
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  const listeners = listenersOf(config, { web: 0, hooks: 0, mqtt: 0, mqtts: 0, probe: 0, ...options.ports });
  for (const listener of Object.values(listeners)) listener.host = '127.0.0.1';
  const bridge: Bridge = await createBridge(config, {
    clock: options.clock ?? systemClock,
    log: options.log ?? { debug() {}, info: keep, warn: keep, error: keep },
    store,
    listeners,
    ...(opened ? { configFile: opened.configFile } : {}),
    ...(options.usb ? { usb: options.usb } : {}),
    ...(options.mdns ? { mdns: options.mdns } : {}),
    ...(options.openSerial ? { openSerial: options.openSerial } : {}),
    ...(options.push ? { demo: { setPresence: () => Promise.resolve(false) } } : {}),
  });
  const urls = await bridge.start();
  ends.push(bridge.stop);
  return { bridge, urls, keys, folder, lines };
}

/** A broker of the user's, of MQTT 3.1.1 and open to everybody. */
export async function startBroker(ends: Ends) {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket as never, undefined as never));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    server.close();
  });
  return { aedes, url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}` };
}

/** A lamp with the built firmware; `pixels()` is the last frame that it set. */
export function plugInLamp(ends: Ends, id: string, key: string, probePort: number, more: object = {}) {
  let frame = new Uint8Array();
  const lamp: LampHost = createLampHost({
    firmware: readFileSync(firmwareFile, 'utf8'),
    settings: { id, key, bridge: '127.0.0.1', probePort, leds: { order: 'grb' as const }, ...more },
    clock: systemClock,
    random: Math.random,
    onPixels: (rgb) => {
      frame = Uint8Array.from(rgb);
    },
  });
  lamp.start();
  ends.push(lamp.stop);
  return { lamp, pixels: () => frame };
}

/** A consumer that remembers the last text of each topic, and every message in order. */
export async function listen(ends: Ends, url: string, filter = 'doorlight/#') {
  const client: MqttClient = await mqtt.connectAsync(url, {
    username: 'test',
    password: 'test-password',
    reconnectPeriod: 0,
  });
  client.on('error', () => {});
  ends.push(() => client.endAsync(true));
  const last = new Map<string, string>();
  const all: { topic: string; payload: string; retain: boolean }[] = [];
  client.on('message', (topic, payload, packet) => {
    last.set(topic, payload.toString());
    all.push({ topic, payload: payload.toString(), retain: packet.retain });
  });
  await client.subscribeAsync(filter, { qos: 1 });
  return {
    client,
    last,
    all,
    json: (topic: string) => JSON.parse(last.get(topic) ?? 'null') as Record<string, unknown>,
  };
}

/** Waits for a condition that must come true; the time is only how long until the test is given up. */
export function eventually<T>(check: () => T, timeout = 10_000): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 10 });
}

/** What the first LED shines in: `red`, `green`, `yellow`, `blue`, `dark`, by the channels that are on. */
export function colorOf(frame: Uint8Array): string {
  const [r = 0, g = 0, b = 0] = frame;
  if (b > r && b > g) return 'blue';
  if (r > 0 && g > r / 2) return 'yellow';
  if (r > 0) return 'red';
  return g > 0 ? 'green' : 'dark';
}
