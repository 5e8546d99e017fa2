/** The page and the API: what every other room lends to the web listener. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../../protocol/clock.ts';
import { pageDir } from '../assets.ts';
import type { ConfigFile } from '../config/file.ts';
import type { Listeners } from '../config/listeners.ts';
import { ConfigError } from '../config/load.ts';
import type { openMdns } from '../lights/wled/search.ts';
import { type Log, reasonOf } from '../log.ts';
import type { MqttSide } from '../mqtt/mqtt-side.ts';
import type { Store } from '../store.ts';
import type { Grants } from '../web/grants.ts';
import type { AppliancePort } from '../web/routes/appliance.ts';
import type { ProvisionPort } from '../web/routes/provision.ts';
import type { UsbPort } from '../web/routes/usb.ts';
import { createWeb, type Web } from '../web/server.ts';
import { createSessions, type Sessions } from '../web/sessions.ts';
import type { View } from '../web/view.ts';
import { createConfigPort } from './config.ts';
import { createFoundRoom } from './found.ts';
import type { GraphRoom } from './graph.ts';
import { createLampPages } from './lamp-pages.ts';
import type { LightRoom } from './lights.ts';
import type { LiveConfig } from './live-config.ts';
import { createMe } from './me.ts';
import type { Metrics } from './metrics.ts';
import { createSetUp, microsoftPort } from './microsoft.ts';
import type { RosterRoom } from './roster.ts';
import type { SayRoom } from './say.ts';
import { createSupport } from './support.ts';

export function createWebRoom(rooms: {
  grants: Grants;
  listeners: Listeners;
  store: Store;
  clock: Clock;
  log: Log;
  /** The demo has no log-in. */
  isDemo: boolean;
  view: View;
  live: LiveConfig;
  file: ConfigFile | undefined;
  graph: GraphRoom;
  mqtt: MqttSide;
  lights: LightRoom;
  roster: RosterRoom;
  say: SayRoom;
  provision: ProvisionPort;
  metrics: Metrics;
  appliance: AppliancePort;
  usb: UsbPort;
  /** The networks that are searched, when they are not this machine's. */
  mdns?: typeof openMdns | undefined;
}): Web & { sessions: Sessions | undefined } {
  const { listeners, store, clock, log, view, live, graph, mqtt } = rooms;
  const sessions = rooms.isDemo ? undefined : createSessions(store, clock);
  const config = createConfigPort({ ...rooms, accounts: mqtt.accounts });
  const found = createFoundRoom({
    ...{ usb: rooms.usb, provision: rooms.provision, config, clock, mdns: rooms.mdns },
    lights: () => live.current().lights,
    brokerPort: mqtt.lampPort,
  });
  const web = createWeb({
    host: listeners.web.host,
    port: listeners.web.port ?? 0,
    pageDir,
    view,
    sessions,
    grants: rooms.grants,
    microsoft: () => microsoftPort(graph.side(), live.written),
    config,
    tls: tlsOf(live.current().web.tls),
    support: createSupport({ ...rooms, config, now: clock.now }),
    setUp: createSetUp(clock, live.current),
    say: createMe(rooms),
    lamps: createLampPages(rooms),
    provision: rooms.provision,
    metrics: rooms.metrics.all,
    appliance: rooms.appliance,
    usb: rooms.usb,
    found,
    clock,
    log,
    upgrades: mqtt.acceptUpgrade ? { '/mqtt': mqtt.acceptUpgrade } : {},
  });
  return {
    ...web,
    sessions,
    async stop() {
      found.stop();
      await web.stop();
    },
  };
}

/** @throws ConfigError when the files are not there, or no certificate and its key */
function tlsOf(files: { cert: string; key: string } | undefined): { cert: string; key: string } | undefined {
  if (!files) return undefined;
  try {
    const tls = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
    createSecureContext(tls);
    return tls;
  } catch (error) {
    throw new ConfigError(
      `web.tls: ${files.cert} and ${files.key} are no certificate and its key in PEM form (${reasonOf(error)}).`,
    );
  }
}
