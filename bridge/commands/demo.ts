/** `doorlight demo`: the whole system on a built-in stand-in for Microsoft Graph, with simulated lights. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { every, systemClock } from '../../protocol/clock.ts';
import { isShown } from '../../protocol/show.ts';
import {
  clientId,
  createGraphStandIn,
  type GraphStandIn,
  tenantId,
  userIds,
} from '../../simulator/graph/stand-in.ts';
import { createLampHost, type LampHost } from '../../simulator/lamp/host.ts';
import { openFitStatusb } from '../../simulator/serial/fit-statusb.ts';
import { firmwareFile } from '../assets.ts';
import { type Bridge, createBridge } from '../bridge.ts';
import { listenersOf, type PortFlags } from '../config/listeners.ts';
import { parseConfig } from '../config/load.ts';
import { createLog, levelOf } from '../log.ts';
import { openAccounts } from '../mqtt/accounts.ts';
import { caFile as mqttCaFile } from '../mqtt/certificate.ts';
import { openStore } from '../store.ts';
import type { DemoPresence } from '../web/view.ts';
import { narrate } from './narrate.ts';
import { portFlags, portOptions, readArguments, refusePositionals, UsageError } from './options.ts';
import { readyLine, runUntilSignal } from './run.ts';

export const help = `doorlight demo [--host ADDR] [--data DIR] [--web-port N] [--hooks-port N] [--mqtt-port N]
               [--mqtts-port N] [--probe-port N] [--json]

Runs the whole system on a stand-in for Microsoft Graph, with four simulated lights. Nothing leaves this machine.
It listens on loopback only; --host is for containers. Its data is in a temporary directory, unless --data names one.`;

/** How long the ready line waits for every light to show a person. */
const readyMs = 10_000;
const ledsPerLamp = 12;
const usbDevice = '/dev/serial/by-id/usb-CompuLab_fit-statUSB_demo-if00';

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
  - { id: usb-desk, kind: serial, device: ${usbDevice}, protocol: fit-statusb, shows: [alice], name: Alice's desk }
web: { host: ${JSON.stringify(host)} }
hooks: { host: 127.0.0.1 }
`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { ...portOptions, host: { type: 'string' } });
  if (values.help) {
    console.log(help);
    return 0;
  }
  refusePositionals(positionals);
  if (values.config)
    throw new UsageError(
      'The demo has a configuration of its own: leave --config out, or use "doorlight start".',
    );
  const dataGiven = args.some((arg) => arg === '--data' || arg.startsWith('--data='));
  return await runDemo({
    flags: portFlags(values),
    json: values.json,
    ...(values.host ? { host: values.host } : {}),
    ...(dataGiven ? { data: values.data } : {}),
  });
}

export async function runDemo(options: {
  flags: PortFlags;
  json: boolean;
  host?: string;
  data?: string;
}): Promise<number> {
  const { flags, host = '127.0.0.1' } = options;
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'doorlight-demo-'));
  const clean = () => {
    if (!options.data) rmSync(data, { recursive: true, force: true });
  };
  const log = createLog(levelOf(process.env['LOG_LEVEL'] ?? 'warn'), systemClock.now, (line) =>
    console.error(line),
  );
  // The bridge ends first, while its lamps can still hear that everything is unknown, and Graph can be told.
  let bridge: Bridge | undefined;
  const lampHosts: LampHost[] = [];
  let graph: GraphStandIn | undefined;
  const stop = async () => {
    await bridge?.stop();
    for (const lamp of lampHosts) await lamp.stop();
    await graph?.stop();
    clean();
  };
  try {
    const store = openStore(data);
    graph = createGraphStandIn({
      clock: systemClock,
      port: 0,
      controlPort: 0,
      dataDir: data,
      day: true,
      autoApprove: true,
      deviceInterval: 0.2,
    });
    const { graphUrl, controlUrl, caFile } = await graph.start();

    const config = parseConfig(demoConfig(graphUrl, caFile, host), 'the demo');
    const lamps = config.lights.filter((light) => light.kind === 'espruino').map((light) => light.id);
    const accounts = openAccounts(store, []);
    const keys = new Map<string, string>();
    for (const id of lamps) keys.set(id, await accounts.mintLamp(id));

    const onPixels = (id: string) => (pixels: Uint8Array) => bridge?.view.pixelsChanged(id, pixels);
    bridge = await createBridge(config, {
      clock: systemClock,
      log,
      store,
      listeners: listenersOf(config, flags),
      openSerial: () => openFitStatusb(onPixels('usb-desk')),
      demo: { setPresence: (person, presence) => setPresence(controlUrl, person, presence) },
    });
    const urls = await bridge.start();
    const ca = join(data, 'ca.pem');
    writeFileSync(ca, `${readFileSync(caFile, 'utf8')}\n${store.readText(mqttCaFile) ?? ''}`);

    const firmware = readFileSync(firmwareFile, 'utf8');
    const leds = { pin: 13, count: ledsPerLamp, order: 'grb' as const };
    for (const id of lamps) {
      const lamp = createLampHost({
        firmware,
        settings: {
          id,
          key: keys.get(id)!,
          bridge: '127.0.0.1',
          probePort: urls.probePort,
          leds,
        },
        clock: systemClock,
        random: Math.random,
        log: (line) => log.debug(`${id}: ${line}`),
        onPixels: onPixels(id),
      });
      lampHosts.push(lamp);
      lamp.start();
    }

    console.log(`Doorlight demo: Alice, Bob and Carol, a lamp at each door and one on Alice's desk.
  page      ${urls.web ?? 'off'}
  MQTT      ${urls.mqtt ?? 'off'}   user demo, password doorlight-demo
  Graph     ${graphUrl}   a stand-in, on this machine only
  control   ${controlUrl}   curl -X PUT ${controlUrl}/users/alice@contoso.com/presence \\
              -H 'content-type: application/json' -d '{"availability":"Busy","activity":"InACall"}'
Ctrl-C ends it.`);
    await everyLightConfirmed(bridge);
    const ready = {
      web: urls.web,
      mqtt: urls.mqtt,
      hooks: urls.hooks,
      graph: graphUrl,
      control: controlUrl,
      ca,
    };
    console.log(options.json ? JSON.stringify({ ready }) : readyLine(ready));
    narrate(bridge.view, (line) => console.log(line));
    return await runUntilSignal(log, stop);
  } catch (error) {
    await stop();
    throw error;
  }
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

/** Resolves once every light shows a confirmed status, or after a while in which one does not. */
function everyLightConfirmed(bridge: Bridge): Promise<void> {
  const confirmed = () =>
    bridge.view.people().every((person) => person.fresh) &&
    bridge.view.lights().every((light) => light.online && isShown(light.show, light.state));
  return new Promise((resolve) => {
    const done = () => {
      cancelChecks();
      cancelWait();
      resolve();
    };
    const cancelChecks = every(systemClock, 50, () => confirmed() && done());
    const cancelWait = systemClock.after(readyMs, done);
  });
}
