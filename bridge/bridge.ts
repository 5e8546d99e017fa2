/**
 * The composition root: every part of the bridge, and who hears whom. One direction, no way back:
 * Graph -> board -> director -> lights, with the topics and the page beside it.
 */
import { type Clock, sleep } from '../protocol/clock.ts';
import { parseLightTopic } from '../protocol/topics.ts';
import { lampFirmware, pageDir, version } from './assets.ts';
import type { Listeners } from './config/listeners.ts';
import type { Config } from './config/schema.ts';
import { createControl, transactionOf } from './control/control.ts';
import { createControlSocket } from './control-socket.ts';
import { createGraphSide } from './graph/graph-side.ts';
import { addNotificationRoutes } from './graph/notification.ts';
import type { Roster, RosterPerson } from './graph/people.ts';
import { createHealth } from './health.ts';
import { createDirector } from './lighting/director.ts';
import { looksWith } from './lighting/looks.ts';
import { isHosted } from './lights/drivers.ts';
import { type OpenSerial, openSerialPort } from './lights/serial/open.ts';
import { type UsbBus, usbBus } from './lights/usb/bus.ts';
import { type Log, reasonOf } from './log.ts';
import { createMqttSide } from './mqtt/mqtt-side.ts';
import { createBoard } from './presence/board.ts';
import { keepBoard, storedPresences } from './presence-store.ts';
import { createAppliance } from './rooms/appliance.ts';
import { createByHandRoom } from './rooms/by-hand.ts';
import { createLightRoom } from './rooms/lights.ts';
import { createProvisionRoom } from './rooms/provision.ts';
import { createRosterRoom } from './rooms/roster.ts';
import { listening } from './start-error.ts';
import type { Store } from './store.ts';
import { troublesOf } from './troubles.ts';
import { createView } from './view.ts';
import { createHooks } from './web/hooks.ts';
import { createWeb } from './web/server.ts';
import { createSessions } from './web/sessions.ts';
import type { DemoPresence, View } from './web/view.ts';

/** One part of a stop that does not end; all of it is to take 5 s at most (contract section 1). */
const partMs = 2_000;

export interface BridgePorts {
  clock: Clock;
  log: Log;
  store: Store;
  listeners: Listeners;
  /** 0 to 1 */
  random?: () => number;
  /** The way to USB devices, when it is not this machine's. */
  usb?: UsbBus;
  /** The director has looked at every light: for a watchdog. */
  onAlive?: () => void;
  /** Ends the process so that its supervisor starts it anew. */
  restart?: () => void;
  /** The ports of boards that are flashed. */
  openSerial?: OpenSerial;
  /** The demo's: no log-in, push to the hooks without a public URL, and presences to be set by the visitor. */
  demo?: { setPresence(person: string, presence: DemoPresence): Promise<boolean> };
}

export interface BridgeUrls {
  web: string | undefined;
  mqtt: string | undefined;
  hooks: string | undefined;
  /** Where lamps find the bridge, by UDP. */
  probePort: number | undefined;
}

export interface Bridge {
  /** Starts everything or nothing. @throws StartError or ConfigError, in words for the user */
  start(): Promise<BridgeUrls>;
  view: View;
  /** Tells every light, closes every socket, writes the state; a part that hangs is left behind. */
  stop(): Promise<void>;
}

export async function createBridge(config: Config, ports: BridgePorts): Promise<Bridge> {
  const {
    clock,
    log,
    store,
    listeners,
    demo,
    random = Math.random,
    usb = usbBus,
    openSerial = openSerialPort,
  } = ports;
  const staleAfterMs = config.source.staleAfterSeconds * 1000;
  const board = createBoard({ clock, people: [], staleAfterMs, stored: storedPresences(store) });
  const keeper = keepBoard({ board, store, clock, log, staleAfterMs });
  const byHand = createByHandRoom({ store, clock, log });
  const roster = createRosterRoom({ board, byHand: byHand.people });

  let hooksUrl = '';
  const publicUrl = config.source.publicUrl;
  const graph =
    config.microsoft &&
    (await createGraphSide(config, config.microsoft, {
      clock,
      log,
      store,
      random,
      publicUrl: publicUrl || demo ? () => publicUrl ?? hooksUrl : undefined,
      onReading: board.confirm,
      onRoster: rosterChanged,
      onGap: board.forget,
      onOutdone: byHand.people.clear,
    }));

  const hosted = config.lights.filter(isHosted).map((light) => light.id);
  const mqtt = await createMqttSide(config, { listeners, clock, store, log, random, version, hosted });
  const { bus, publisher } = mqtt;

  const director = createDirector({
    clock,
    lights: config.lights,
    looks: looksWith(config.looks),
    membersOf: roster.membersOf,
    status: roster.statusOf,
    onShow(light, show, stands) {
      publisher.show(light, show);
      lights.all.get(light)!.show(show, stands);
      view.lightChanged(light);
    },
    override: byHand.showOf,
    onAlive(seq) {
      publisher.alive(seq);
      lights.beat();
      ports.onAlive?.();
    },
  });
  const lights = createLightRoom(config.lights, {
    topics: publisher,
    clock,
    log,
    usb,
    busOf: mqtt.busOf,
    onOnline: director.lightOnline,
    onReport(light) {
      view.lightChanged(light);
      health.changed();
    },
  });

  const health = createHealth({
    clock,
    version,
    graph,
    troubles: () => troublesOf(store, clock),
    people: () => roster.ids().length,
    lights: lights.online,
    publish(payload) {
      publisher.health(payload);
      view.healthChanged(payload);
    },
  });
  takeRoster(graph?.roster() ?? { people: namedPeople(config), groups: new Map() });
  const provision = createProvisionRoom(config, {
    ...{
      bus,
      accounts: mqtt.accounts,
      clock,
      store,
      log,
      openSerial,
      version,
      firmware: lampFirmware,
    },
    isOnline: (light) => lights.all.get(light)?.report().online ?? false,
  });
  const control = createControl({
    people: roster,
    lights: lights.all,
    personOverrides: byHand.people,
    lightOverrides: byHand.lights,
    writeBack: graph?.writeBack,
    shown: director.show,
    identify: (light) => lights.all.get(light)!.identify(),
    requests: {
      health: () => health.payload(),
      people: () => view.people(),
      lights: () => view.lights(),
      restate: () => publisher.restate(),
      updates: () => provision.rollout() ?? null,
    },
    orders: provision.orders,
  });
  const { names, presenceOf } = roster;
  const view = createView({
    version,
    config,
    names,
    presenceOf,
    control,
    lights: lights.all,
    director,
    health,
    demo,
  });
  const sessions = demo ? undefined : createSessions(store, clock);
  const web = createWeb({
    host: listeners.web.host,
    port: listeners.web.port ?? 0,
    pageDir,
    view,
    sessions,
    microsoft: graph && { ...graph.accounts, status: graph.status, counters: graph.counters },
    provision,
    appliance: createAppliance({ store, clock, restart: ports.restart }),
    log,
    upgrades: mqtt.acceptUpgrade ? { '/mqtt': mqtt.acceptUpgrade } : {},
  });
  const hookCounters = { accepted: 0, malformed: 0, tooLarge: 0 };
  const hooks = createHooks({
    host: listeners.hooks.host,
    port: listeners.hooks.port ?? 0,
    addRoutes: (app) => graph && addNotificationRoutes(app, graph.sink, hookCounters),
  });

  const controlSocket = createControlSocket({
    path: store.path('control.sock'),
    accounts: mqtt.accounts,
    view,
    graph,
    restart: ports.restart,
  });

  function personChanged(id: string): void {
    // What was set by hand may outlast its person.
    if (!roster.has(id)) return;
    const { id: _, ...payload } = view.person(id);
    publisher.presence(id, payload);
    view.personChanged(id);
    director.personChanged(id);
  }

  function takeRoster(next: Roster): void {
    roster.take(next);
    mqtt.setPeople(next.people);
  }

  function rosterChanged(next: Roster): void {
    takeRoster(next);
    director.groupsChanged();
    for (const id of roster.ids()) personChanged(id);
    health.changed();
  }

  board.onChange(({ id }) => personChanged(id));
  byHand.people.onChange(personChanged);
  byHand.lights.onChange(director.lightChanged);
  mqtt.serve({
    run(command, value) {
      if (command.what === 'request') return control.request(command.name, value);
      if (command.what === 'identify') return control.identify(command.id);
      return command.of === 'lights'
        ? control.setLight(command.id, value)
        : control.setPerson(command.id, value);
    },
    transactionOf,
    respond: publisher.response,
  });
  mqtt.onLampListening(director.lightOnline);
  bus.onMessage(({ topic, payload }) => {
    const parsed = parseLightTopic(config.mqtt.baseTopic, topic);
    if (!parsed) return;
    if (parsed.what === 'result') provision.hear(parsed.light, payload);
    else lights.hear(parsed.light, parsed.what, payload);
  });
  graph?.onChange(health.changed);

  /** What was started, each with its end; undone in reverse order by a failed start and by a stop alike. */
  const ends: (() => unknown)[] = [];

  async function start(): Promise<BridgeUrls> {
    ends.push(mqtt.stop);
    const bound = await mqtt.start();
    if (listeners.hooks.port !== undefined) {
      ends.push(hooks.stop);
      hooksUrl = await listening('hooks', listeners.hooks, hooks.start);
    }
    let webUrl: string | undefined;
    if (listeners.web.port !== undefined) {
      ends.push(web.stop);
      webUrl = await listening('web', listeners.web, web.start);
    }
    ends.push(controlSocket.stop);
    await controlSocket.start();
    // Undone in reverse: the lights are told first, and only then anybody waits for Graph.
    if (graph) ends.push(graph.stop);
    ends.push(tellEverybody);
    lights.start();
    publisher.online();
    for (const id of roster.ids()) personChanged(id);
    director.start();
    health.start();
    keeper.start();
    graph?.start();
    provision.start();
    mqtt.announce();
    if (sessions && webUrl && !sessions.claimed()) {
      log.info(`Open ${webUrl} and claim this bridge with the code ${sessions.claimCode}`);
    }
    return {
      web: webUrl,
      mqtt: mqttUrl(listeners.mqtt.host, bound.mqtt),
      hooks: hooksUrl || undefined,
      probePort: bound.probe,
    };
  }

  /** The last words: everything is unknown, then the bridge is gone (contract section 4). */
  async function tellEverybody(): Promise<void> {
    health.stop();
    await provision.stop();
    await keeper.stop();
    await byHand.stop();
    board.forget();
    for (const id of roster.ids()) personChanged(id);
    for (const id of lights.all.keys()) director.lightChanged(id);
    director.stop();
    board.stop();
    await lights.stop();
    await publisher.offline();
  }

  let starting: Promise<unknown> = Promise.resolve();

  async function stop(): Promise<void> {
    // Told to stop in the middle of a start: what is half open cannot be closed.
    await starting.catch(() => {});
    await end();
  }

  async function end(): Promise<void> {
    for (const part of ends.splice(0).reverse()) {
      const ended = Promise.resolve(part()).catch((error: unknown) =>
        log.warn(`Stopping: ${reasonOf(error)}`),
      );
      const deadline = new AbortController();
      await Promise.race([ended, sleep(clock, partMs, deadline.signal)]);
      deadline.abort();
    }
  }

  return {
    view,
    stop,
    async start() {
      try {
        const started = start();
        starting = started;
        return await started;
      } catch (error) {
        await end();
        throw error;
      }
    },
  };
}

const namedPeople = (config: Config): RosterPerson[] =>
  config.people.map(({ id, name = id, share }) => ({ id, name, share }));

function mqttUrl(host: string, port: number | string | undefined): string | undefined {
  if (port === undefined || typeof port === 'string') return port;
  return `mqtt://${host === '0.0.0.0' || host === '127.0.0.1' ? 'localhost' : host}:${port}`;
}
