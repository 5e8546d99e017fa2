/** The parts of the demo: a stand-in for Graph, a bridge on it, three lamps on the real firmware, a USB light. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../protocol/clock.ts';
import {
  clientId,
  createGraphStandIn,
  type GraphAddresses,
  tenantId,
  userIds,
} from '../../simulator/graph/stand-in.ts';
import { createLampHost, type LampHost } from '../../simulator/lamp/host.ts';
import { openFitStatusb } from '../../simulator/serial/fit-statusb.ts';
import { firmwareFile } from '../assets.ts';
import { createBridge } from '../bridge.ts';
import { openConfigFile } from '../config/file.ts';
import { listenersOf, type PortFlags } from '../config/listeners.ts';
import { secretsFile } from '../config/secrets.ts';
import { pretendedStatusb, pretendUsb } from '../lights/usb/pretend.ts';
import type { Log } from '../log.ts';
import { openAccounts } from '../mqtt/accounts.ts';
import { caFile as mqttCaFile } from '../mqtt/certificate.ts';
import type { Bridge, BridgeUrls } from '../ports.ts';
import { openStore } from '../store.ts';
import type { DemoPresence } from '../web/view.ts';

const ledsPerLamp = 12;

const demoConfig = (graphUrl: string, caFile: string, host: string) => `
microsoft:
  tenant: ${tenantId}
  clientId: ${clientId}
  graphUrl: ${graphUrl}
  authorityUrl: ${graphUrl}
  caFile: ${JSON.stringify(caFile)}
people:
  - { id: alice, user: alice@contoso.com, name: Alice Ng }
  - { id: bob, user: bob@contoso.com, name: Bob Meyer }
  - { id: carol, user: ${userIds.carol}, name: Carol Diaz }
mqtt:
  listen: { host: ${JSON.stringify(host)} }
  users:
    - { username: demo, password: doorlight-demo, access: all }
lights:
  - { id: door-alice, kind: espruino, shows: [alice], name: Alice Ng, leds: { count: ${ledsPerLamp} } }
  - { id: door-bob, kind: espruino, shows: [bob], name: Bob Meyer, leds: { count: ${ledsPerLamp} } }
  - { id: door-carol, kind: espruino, shows: [carol], name: Carol Diaz, leds: { count: ${ledsPerLamp} } }
  - { id: usb-desk, kind: serial, device: ${pretendedStatusb.byId}, protocol: auto, shows: [alice], name: Alice's desk }
web: { host: ${JSON.stringify(host)} }
hooks: { host: 127.0.0.1 }
`;

export interface Demo {
  /** @throws StartError, after which nothing is left running */
  start(): Promise<{ bridge: Bridge; urls: BridgeUrls; graph: GraphAddresses; ca: string }>;
  /** Also in the middle of a start, which it then waits for. */
  stop(): Promise<void>;
}

export function createDemo(options: { data: string; host: string; flags: PortFlags; log: Log }): Demo {
  const { data, host, flags, log } = options;
  const graph = createGraphStandIn({
    clock: systemClock,
    port: 0,
    controlPort: 0,
    dataDir: data,
    day: true,
    autoApprove: true,
    deviceInterval: 0.2,
  });
  const lampHosts: LampHost[] = [];
  let bridge: Bridge | undefined;
  let starting: Promise<unknown> = Promise.resolve();
  const onPixels = (id: string) => (pixels: Uint8Array) => bridge?.view.pixelsChanged(id, pixels);

  async function open() {
    const store = openStore(data);
    const addresses = await graph.start();
    const { graphUrl, controlUrl, caFile } = addresses;
    // A file like any other, so that a visitor may change everything.
    const file = join(data, 'doorlight.yaml');
    writeFileSync(file, demoConfig(graphUrl, caFile, host), { mode: 0o600 });
    const { config, configFile } = openConfigFile({
      file,
      clock: systemClock,
      env: process.env,
      secrets: {},
      writeSecrets: (secrets) => store.write(secretsFile, secrets),
    });
    const lamps = config.lights.filter((light) => light.kind === 'espruino').map((light) => light.id);
    const accounts = openAccounts(store, []);
    const keys = new Map<string, string>();
    for (const id of lamps) keys.set(id, await accounts.mintLamp(id));

    bridge = await createBridge(config, {
      clock: systemClock,
      log,
      store,
      listeners: listenersOf(config, flags),
      configFile,
      usb: pretendUsb(pretendedStatusb, () => openFitStatusb(systemClock, onPixels('usb-desk'))),
      demo: { setPresence: (person, presence) => setPresence(controlUrl, person, presence) },
    });
    const urls = await bridge.start();
    const ca = join(data, 'ca.pem');
    writeFileSync(ca, `${readFileSync(caFile, 'utf8')}\n${store.readText(mqttCaFile) ?? ''}`, {
      mode: 0o600,
    });
    for (const id of lamps) plugIn(id, keys.get(id)!, urls.probePort);
    return { bridge, urls, graph: addresses, ca };
  }

  function plugIn(id: string, key: string, probePort: number | undefined): void {
    // A screen does by itself what gamma does for LEDs.
    const leds = { type: 'ws2812', pin: 13, count: ledsPerLamp, order: 'grb', maxMilliamps: 1000, gamma: 1 };
    const program = (name: string) => readFileSync(firmwareFile.replace('app.js', name), 'utf8');
    const lamp = createLampHost({
      firmware: program('app.js'),
      loader: program('loader.js'),
      setup: program('setup.js'),
      settings: { id, key, networks: [{ ssid: 'demo' }], bridge: '127.0.0.1', probePort, leds },
      air: new Map([['demo', '']]),
      joinMs: 0,
      clock: systemClock,
      random: Math.random,
      log: (line) => log.debug(`${id}: ${line}`),
      onPixels: onPixels(id),
    });
    lampHosts.push(lamp);
    lamp.start();
  }

  /** The bridge first, while its lamps can still hear that everything is unknown, and Graph can be told. */
  async function close(): Promise<void> {
    await bridge?.stop();
    for (const lamp of lampHosts) lamp.stop();
    await graph.stop();
  }

  return {
    async start() {
      try {
        const opened = open();
        starting = opened;
        return await opened;
      } catch (error) {
        await close();
        throw error;
      }
    },
    async stop() {
      await starting.catch(() => {});
      await close();
    },
  };
}

/** Through the stand-in's control API, as anybody else could. */
async function setPresence(controlUrl: string, person: string, presence: DemoPresence): Promise<boolean> {
  const answer = await fetch(`${controlUrl}/users/${encodeURIComponent(person)}/presence`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(presence),
  });
  return answer.ok;
}
