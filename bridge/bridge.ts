/**
 * The composition root: every part of the bridge, and who hears whom. One direction, no way back:
 * Graph -> board -> director -> lights, with the topics and the page beside it.
 */
import { type Clock, sleep } from '../protocol/clock.ts';
import { parseLightTopic } from '../protocol/topics.ts';
import { pageDir, version } from './assets.ts';
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
import { createLight, isHosted } from './lights/drivers.ts';
import type { Light } from './lights/light.ts';
import { type OpenSerial, openSerialPort } from './lights/serial/port.ts';
import { type Log, reasonOf } from './log.ts';
import { createMqttSide } from './mqtt/mqtt-side.ts';
import { keepOverrides, storedOverrides } from './override-store.ts';
import { createBoard } from './presence/board.ts';
import { createOverrides, withOverride } from './presence/override.ts';
import { createShares, sharedStatus } from './presence/share.ts';
import { keepBoard, storedPresences } from './presence-store.ts';
import { listening } from './start-error.ts';
import type { Store } from './store.ts';
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
  const { clock, log, store, listeners, demo, random = Math.random, openSerial = openSerialPort } = ports;
  /** Who there is: people of the configuration, and members of groups. */
  const people = new Map<string, RosterPerson>();
  let groups: Roster['groups'] = new Map();
  const lights = new Map<string, Light>();

  const staleAfterMs = config.source.staleAfterSeconds * 1000;
  const board = createBoard({
    clock,
    people: [],
    staleAfterMs,
    stored: storedPresences(store),
  });
  const kept = storedOverrides(store, {
    people: new Set(people.keys()),
    lights: new Set(config.lights.map((light) => light.id)),
  });
  const personOverrides = createOverrides({ clock, stored: kept.people });
  const lightOverrides = createOverrides({ clock, stored: kept.lights });
  const overridesWritten = keepOverrides({ people: personOverrides, lights: lightOverrides, store, log });
  const keeper = keepBoard({ board, store, clock, log, staleAfterMs });
  const shared = createShares();
  /** What others may know of a person; nothing past here sees more. */
  const presenceOf = (id: string) => {
    const byHand = personOverrides.get(id);
    const { share } = people.get(id)!;
    const override = byHand && { status: sharedStatus(byHand.value, share), until: iso(byHand.until) };
    return { ...shared(withOverride(board.get(id)!, byHand), share), override: override ?? null };
  };
  /** A person of a light who is nowhere, such as a former member of a group, is unknown. */
  const statusOf = (id: string) => (people.has(id) ? presenceOf(id).status : 'unknown');

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
    }));

  const hosted = config.lights.filter(isHosted).map((light) => light.id);
  const mqtt = await createMqttSide(config, { listeners, clock, store, log, random, version, hosted });
  const { bus, publisher } = mqtt;

  const director = createDirector({
    clock,
    lights: config.lights,
    looks: looksWith(config.looks),
    membersOf: (id) => groups.get(id),
    status: statusOf,
    onShow(light, show) {
      publisher.show(light, show);
      lights.get(light)!.show(show);
      view.lightChanged(light);
    },
    override(light) {
      const byHand = lightOverrides.get(light);
      return byHand && { ...byHand.value, override: { until: iso(byHand.until) } };
    },
    onAlive(seq) {
      publisher.alive(seq);
      for (const light of lights.values()) light.beat?.();
    },
  });
  for (const light of config.lights) {
    lights.set(
      light.id,
      createLight(light, {
        topics: publisher,
        clock,
        log,
        openSerial,
        busOf: mqtt.busOf,
        onReport: lightReported,
      }),
    );
  }

  const health = createHealth({
    clock,
    version,
    graph,
    people: () => people.size,
    lights: () => [...lights.values()].map((light) => light.report().online),
    publish(payload) {
      publisher.health(payload);
      view.healthChanged(payload);
    },
  });
  takeRoster(graph?.roster() ?? { people: namedPeople(config), groups: new Map() });
  const names = () => new Map([...people].map(([id, { name }]) => [id, name]));
  const control = createControl({
    people,
    lights,
    personOverrides,
    lightOverrides,
    shown: director.show,
    identify: (light) => lights.get(light)!.identify(),
    requests: {
      health: () => health.payload(),
      people: () => view.people(),
      lights: () => view.lights(),
      restate: () => publisher.restate(),
    },
  });
  const view = createView({ version, config, names, presenceOf, control, lights, director, health, demo });
  const sessions = demo ? undefined : createSessions(store, clock);
  const web = createWeb({
    host: listeners.web.host,
    port: listeners.web.port ?? 0,
    pageDir,
    view,
    sessions,
    microsoft: graph && { ...graph.accounts, status: graph.status, counters: graph.counters },
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
    signIn: graph?.accounts,
  });

  const online = new Set<string>();

  function lightReported(id: string): void {
    const isOnline = lights.get(id)!.report().online;
    if (isOnline && !online.has(id)) director.lightOnline();
    if (isOnline) online.add(id);
    else online.delete(id);
    view.lightChanged(id);
    health.changed();
  }

  function personChanged(id: string): void {
    const { id: _, ...payload } = view.person(id);
    publisher.presence(id, payload);
    view.personChanged(id);
    director.personChanged(id);
  }

  function rosterChanged(roster: Roster): void {
    const gone = takeRoster(roster);
    for (const id of gone) publisher.forget(id);
    director.groupsChanged();
    for (const id of people.keys()) personChanged(id);
    health.changed();
  }

  /** Resolves with who is gone. */
  function takeRoster(roster: Roster): string[] {
    const before = [...people.keys()];
    people.clear();
    for (const person of roster.people) people.set(person.id, person);
    groups = roster.groups;
    board.setPeople([...people.keys()]);
    return before.filter((id) => !people.has(id));
  }

  board.onChange(({ id }) => personChanged(id));
  personOverrides.onChange(personChanged);
  lightOverrides.onChange(director.lightChanged);
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
    if (parsed) lights.get(parsed.light)?.hear?.(parsed.what, payload);
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
    for (const light of lights.values()) light.start();
    publisher.online();
    for (const id of people.keys()) personChanged(id);
    director.start();
    health.start();
    keeper.start();
    graph?.start();
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
    await keeper.stop();
    await overridesWritten();
    personOverrides.stop();
    lightOverrides.stop();
    board.forget();
    for (const id of people.keys()) personChanged(id);
    for (const id of lights.keys()) director.lightChanged(id);
    director.stop();
    board.stop();
    await Promise.all([...lights.values()].map((light) => light.stop()));
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

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function mqttUrl(host: string, port: number | string | undefined): string | undefined {
  if (port === undefined || typeof port === 'string') return port;
  return `mqtt://${host === '0.0.0.0' || host === '127.0.0.1' ? 'localhost' : host}:${port}`;
}
