/**
 * The composition root: every part of the bridge, and who hears whom. One direction, no way back:
 * Graph -> board -> director -> lights, with the topics and the page beside it.
 */
import { lampFirmware, version } from './assets.ts';
import type { Config } from './config/schema.ts';
import { createControl, transactionOf } from './control/control.ts';
import { createControlSocket } from './control-socket.ts';
import { addNotificationRoutes } from './graph/notification.ts';
import type { Roster } from './graph/people.ts';
import { createHealth } from './health.ts';
import { createDirector } from './lighting/director.ts';
import { looksWith } from './lighting/looks.ts';
import { isHosted } from './lights/drivers.ts';
import { openSerialPort } from './lights/serial/open.ts';
import { usbBus } from './lights/usb/bus.ts';
import { createMqttSide } from './mqtt/mqtt-side.ts';
import { createNotify } from './notify/notify.ts';
import type { Bridge, BridgePorts, BridgeUrls } from './ports.ts';
import { createBoard } from './presence/board.ts';
import { keepBoard, storedPresences } from './presence-store.ts';
import { createAppliance } from './rooms/appliance.ts';
import { createByHandRoom } from './rooms/by-hand.ts';
import { sayFreshness } from './rooms/freshness.ts';
import { createGraphRoom, whyUnknown } from './rooms/graph.ts';
import { hearLamps } from './rooms/lamp-words.ts';
import { createLifecycle, type Ends } from './rooms/lifecycle.ts';
import { createLightRoom } from './rooms/lights.ts';
import { createLiveConfig } from './rooms/live-config.ts';
import { createMetrics } from './rooms/metrics.ts';
import { createProvisionRoom } from './rooms/provision.ts';
import { createRosterRoom } from './rooms/roster.ts';
import { createRules } from './rooms/rules.ts';
import { createSayRoom } from './rooms/say.ts';
import { createTimeline } from './rooms/timeline.ts';
import { createUsbRoom } from './rooms/usb.ts';
import { createWebRoom } from './rooms/web.ts';
import { lightHealth } from './rooms/why.ts';
import { listening } from './start-error.ts';
import { orInMemory } from './store.ts';
import { troublesOf } from './troubles.ts';
import { createView } from './view.ts';
import { openGrants } from './web/grants.ts';
import { createHooks } from './web/hooks.ts';

export async function createBridge(config: Config, ports: BridgePorts): Promise<Bridge> {
  const { clock, log, store, listeners, demo, configFile } = ports;
  const { random = Math.random, usb = usbBus, openSerial = openSerialPort } = ports;
  const staleAfterMs = config.source.staleAfterSeconds * 1000;
  const board = createBoard({ clock, people: [], staleAfterMs, stored: storedPresences(store) });
  const keeper = keepBoard({ board, store, clock, log, staleAfterMs });
  const byHand = createByHandRoom({ store, clock, log });
  const say = createSayRoom({ store, clock });
  const roster = createRosterRoom({ board, byHand: byHand.people, say });
  const grants = openGrants(store, clock);
  const live = await createLiveConfig(config, {
    ...{ store, say, file: configFile },
    async over(gone, goneLights) {
      for (const id of gone) {
        byHand.people.clear(id);
        await orInMemory(say.forget(id));
        await orInMemory(grants.revokeOf(['person'], id));
      }
      for (const id of goneLights) {
        byHand.lights.clear(id);
        await orInMemory(grants.revokeOf(['pairing', 'lamp'], id));
      }
    },
    parts: () => ({
      ...{ graph, lights, mqtt, rules, director, provision, board, view, log },
      people: () => rosterChanged(graph.roster()),
    }),
  });
  const current = live.current();
  const rules = createRules(current, clock.now);

  let hooksUrl = '';
  /** The last words are for dark times, too: nobody is there to end them. */
  let ending = false;
  const graph = await createGraphRoom(current, {
    ...{ clock, log, store, random },
    publicUrl: ({ source: { publicUrl } }) => (publicUrl || demo ? () => publicUrl ?? hooksUrl : undefined),
    onReading: board.confirm,
    onRoster: rosterChanged,
    onSignIn: (data) => view.tell({ event: 'sign-in', data }),
    onGap: board.age,
    onOutdone: byHand.people.clear,
  });

  const hosted = current.lights.filter(isHosted).map((light) => light.id);
  const mqtt = await createMqttSide(current, { listeners, clock, store, log, random, version, hosted });
  const { bus, publisher } = mqtt;

  const director = createDirector({
    clock,
    lights: current.lights,
    looks: looksWith(current.looks, current.colorBlind),
    membersOf: roster.membersOf,
    status: roster.statusOf,
    onShow(light, show, stands) {
      publisher.show(light, show);
      metrics.told(light);
      lights.show(light, show, stands, live.current().colorBlind);
      view.lightChanged(light);
    },
    override: byHand.showOf,
    quiet: (light) => !ending && rules.isQuiet(light),
    brightness: rules.brightnessOf,
    onAlive(seq) {
      publisher.alive(seq);
      lights.beat();
      ports.onAlive?.();
    },
  });
  const lights = createLightRoom(current.lights, {
    topics: publisher,
    clock,
    log,
    usb,
    busOf: mqtt.busOf,
    onOnline: director.lightOnline,
    onReport(light) {
      metrics.heard(light);
      view.lightChanged(light);
      health.changed();
    },
  });

  const health = createHealth({
    clock,
    version,
    graph: graph.side,
    troubles: () => troublesOf(store, clock),
    people: () => roster.ids().length,
    lights: lights.count,
    publish(payload) {
      publisher.health(payload);
      view.healthChanged(payload);
    },
  });
  takeRoster(graph.roster());
  const { restart } = ports;
  const appliance = createAppliance({ store, clock, restart, configFile: configFile?.name ?? '' });
  const provision = createProvisionRoom(current, {
    ...{ bus, accounts: mqtt.accounts, clock, store, log, version, firmware: lampFirmware },
    openSerial,
    isOnline: (light) => lights.all.get(light)?.report().online ?? false,
    lampsFollow: appliance.lampsFollow,
  });
  const usbRoom = createUsbRoom({
    ...{ bus: usb, lights: () => live.current().lights, file: configFile, clock },
    identify: (light) => lights.all.get(light)!.identify(),
  });
  const control = createControl({
    people: roster,
    lights: lights.all,
    personOverrides: byHand.people,
    lightOverrides: byHand.lights,
    writeBack: graph.writeBack,
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
  const view = createView({
    version,
    config: live.current,
    roster,
    control,
    lights: lights.all,
    director,
    health,
    timeline: createTimeline(clock, () => live.current().web.timeline, roster.shared),
    lightHealth: (light) => lightHealth(light, { clock, graph, roster, byHand, bus, lights, view }),
    demo,
  });
  const hookCounters = { accepted: 0, malformed: 0, tooLarge: 0 };
  const notify = createNotify({
    ...{ clock, log, membersOf: roster.membersOf },
    targets: () => live.current().notify,
  });
  view.onEvent(({ event, data }) => event === 'presence' && notify.saw(data));
  const metrics = createMetrics({ clock, view: () => view, graph, hooks: hookCounters, notify });
  const web = createWebRoom({
    ...{ listeners, store, clock, log, view, live, grants },
    isDemo: demo !== undefined,
    mdns: ports.mdns,
    file: configFile,
    appliance,
    ...{ graph, mqtt, lights, roster, say, provision, metrics, usb: usbRoom },
  });
  const hooks = createHooks({
    host: listeners.hooks.host,
    port: listeners.hooks.port ?? 0,
    addRoutes: (app) => addNotificationRoutes(app, graph.sink, hookCounters),
  });

  const controlSocket = createControlSocket({
    path: store.path('control.sock'),
    accounts: mqtt.accounts,
    view,
    graph: graph.side,
    restart,
    configFile,
  });

  function personChanged(id: string): void {
    // What was set by hand may outlast its person.
    if (!roster.has(id)) return;
    const person = view.person(id);
    const { id: _, ...payload } = person;
    publisher.presence(id, payload);
    view.personChanged(person);
    director.personChanged(id);
  }

  /** The answer is who is gone. */
  function takeRoster(next: Roster): string[] {
    const gone = roster.take(next);
    mqtt.setPeople(next.people);
    return gone;
  }

  function rosterChanged(next: Roster): void {
    for (const id of takeRoster(next)) view.removed('people', id);
    director.groupsChanged();
    for (const id of roster.ids()) personChanged(id);
    health.changed();
  }

  board.onChange(({ id }) => personChanged(id));
  const stopFreshness = sayFreshness({ board, clock, log, why: () => whyUnknown(graph.side()?.status()) });
  byHand.people.onChange(personChanged);
  say.onChange(personChanged);
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
  hearLamps({
    ...{ bus, baseTopic: config.mqtt.baseTopic, provision, lights },
    ...{ configs: () => live.current().lights, isPerson: roster.has, setPerson: control.setPerson },
    setOf: (person) => byHand.people.get(person)?.value,
  });
  graph.onChange(health.changed);

  async function start(ends: Ends): Promise<BridgeUrls> {
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
    ends.push(graph.stop);
    ends.push(tellEverybody);
    lights.start();
    for (const id of roster.ids()) personChanged(id);
    director.start();
    health.start();
    // Last: what a broker kept of before counts as said by whoever is online.
    publisher.online();
    keeper.start();
    configFile?.start();
    graph.start();
    provision.start();
    mqtt.announce();
    if (webUrl && web.sessions?.claimed() === false) {
      log.info(`Open ${webUrl} and claim this bridge with the code ${web.sessions.claimCode}`);
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
    configFile?.stop();
    stopFreshness();
    notify.stop();
    say.stop();
    health.stop();
    usbRoom.stop();
    await provision.stop();
    await keeper.stop();
    await byHand.stop();
    ending = true;
    board.forget();
    for (const id of roster.ids()) personChanged(id);
    for (const id of lights.all.keys()) director.lightChanged(id);
    director.stop();
    board.stop();
    await lights.stop();
    await publisher.offline();
  }

  return { view, ...createLifecycle(start, { clock, log }) };
}

function mqttUrl(host: string, port: number | string | undefined): string | undefined {
  if (port === undefined || typeof port === 'string') return port;
  return `mqtt://${host === '0.0.0.0' || host === '127.0.0.1' ? 'localhost' : host}:${port}`;
}
