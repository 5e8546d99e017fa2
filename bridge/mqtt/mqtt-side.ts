/** The room of MQTT: the broker in use, a mirror beside it, the lamps' log-in, and our topics on them. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../protocol/clock.ts';
import { topicsBelow } from '../../protocol/topics.ts';
import type { Listeners } from '../config/listeners.ts';
import type { Config } from '../config/schema.ts';
import { type Log, reasonOf } from '../log.ts';
import { listening } from '../start-error.ts';
import type { Store } from '../store.ts';
import { speakForAbsentLamps } from './absent-lamps.ts';
import { type Accounts, openAccounts } from './accounts.ts';
import type { LinkedBus } from './bus.ts';
import { caFile } from './certificate.ts';
import { type Command, type CommandEnds, createCommandReader } from './commands.ts';
import { createEmbeddedBroker, treesOf } from './embedded.ts';
import { openGhosts } from './ghosts.ts';
import { discovery } from './home-assistant.ts';
import { createLampBus, type LampBus } from './lamp-bus.ts';
import { createLampLogin } from './lamp-login.ts';
import { createLink, type Link } from './link.ts';
import { mirrorLamps } from './mirror.ts';
import { createProbeListener, lampsDial } from './probe.ts';
import { createPublisher, type Publisher } from './publisher.ts';

/** Home Assistant subscribes for a moment after its birth message; many bridges must not answer it at once. */
const birthWaitMs = { least: 1_000, spread: 4_000 };

export interface MqttSide {
  /** The broker that the lights live on. */
  bus: LinkedBus;
  busOf(via: 'main' | 'mirror'): LampBus;
  publisher: Publisher;
  accounts: Accounts;
  /** Who there is: offers them to Home Assistant, and takes back what was kept of those who are gone. */
  setPeople(people: readonly { id: string; name: string }[]): void;
  /** Says in the log what there is to know once everything is up. */
  announce(): void;
  /** From now on commands are heard, and run by these ends. */
  serve(ends: CommandEnds): void;
  /** The embedded broker's plain port, while it is open to lamps. */
  lampPort(): number | undefined;
  /** MQTT over WebSocket; nothing where it is off. */
  acceptUpgrade: ((request: IncomingMessage, socket: Socket, head: Buffer) => void) | undefined;
  /** Resolves with the embedded broker's port or the user's broker's URL, and the probes' port. @throws StartError */
  start(): Promise<{ mqtt: number | string | undefined; probe: number | undefined }>;
  /** Other lights or consumers than before; who stays keeps the connection. */
  apply(config: Config): Promise<void>;
  /** The same for lights, once those that are gone have had their last word. */
  setLights(lights: Config['lights']): void;
  /** Calls when a lamp listens to its topics from now on. */
  onLampListening(listener: () => void): () => void;
  stop(): Promise<void>;
}

export async function createMqttSide(
  config: Config,
  ports: {
    listeners: Listeners;
    clock: Clock;
    store: Store;
    log: Log;
    random: () => number;
    version: string;
    hosted: readonly string[];
  },
): Promise<MqttSide> {
  const { listeners, clock, store, log, random } = ports;
  const { baseTopic, homeAssistant, mirror: mirrorConfig } = config.mqtt;
  const topics = topicsBelow(baseTopic);
  const lampsOf = ({ lights }: Config) =>
    lights.filter((light) => light.kind === 'espruino').map((light) => light.id);
  const lamps = new Set(lampsOf(config));
  let { lights } = config;
  const accounts = openAccounts(store, config.mqtt.users);
  const login = createLampLogin({
    clock,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    keyOf: (id) => (lamps.has(id) ? accounts.keyOf(id) : undefined),
  });
  const embedded = config.mqtt.broker === 'embedded';

  const birth = `${homeAssistant.prefix}/status`;
  const commands = ['lights/+/set', 'lights/+/identify', 'presence/+/set', 'bridge/request/#'].map(
    (filter) => `${baseTopic}/${filter}`,
  );
  const linkTo = (
    at: { url: string; username?: string; password?: string; caFile?: string },
    state: string[],
  ) =>
    createLink({
      ...at,
      clientId: `${baseTopic.replaceAll('/', '-')}-bridge-${randomBytes(4).toString('hex')}`,
      will: { topic: topics.bridgeState, payload: 'offline' },
      filters: { state: [...state, topics.bridgeState, birth], commands },
      clock,
      random,
      log,
    });

  const lampWords = ['state', 'availability', 'button', 'result'].map(
    (word) => `${baseTopic}/lights/+/${word}`,
  );
  const broker = embedded ? await createEmbeddedBroker(config, { ...ports, accounts, login }) : undefined;
  const link = embedded ? undefined : linkTo({ ...config.mqtt, url: config.mqtt.broker }, lampWords);
  const bus: LinkedBus = (broker ?? link)!;
  const mirror = mirrorConfig && linkTo(mirrorConfig, []);
  const links = [link, mirror].filter((one): one is Link => one !== undefined);
  const outlets = mirror ? [bus, mirror] : [bus];

  const publisher = createPublisher({ outlets, lamps: bus, topics, clock });
  for (const one of links) {
    one.onUp(() => publisher.restate(one));
    one.onMessage(({ topic, payload }) => {
      // The last will of a connection of before a power cut comes late, after the new one has said that it is online.
      if (topic === topics.bridgeState) publisher.insist(one, topic, payload.toString());
    });
  }
  const mirrored = mirror && mirrorLamps({ base: baseTopic, lamps, from: bus, to: mirror });
  const ghosts = openGhosts(store, (error) =>
    log.warn(`What was published cannot be remembered, to be taken back one day: ${reasonOf(error)}`),
  );
  let people: readonly { id: string; name: string }[] = [];
  const availabilities = () => [...lamps].map((id) => topics.light(id, 'availability'));

  /** What is retained is of these people and lights from now on. */
  function offer(): void {
    const { enabled, prefix } = homeAssistant;
    const { version } = ports;
    const discovered = enabled
      ? discovery({ base: baseTopic, prefix, version, people, lights })
      : new Map<string, string>();
    const ofPeople = people.flatMap(({ id }) => [topics.presence(id), topics.presenceStatus(id)]);
    const ofLights = lights.flatMap(({ id }) =>
      (['show', 'state', 'availability'] as const).map((what) => topics.light(id, what)),
    );
    const gone = ghosts.beside([...discovered.keys(), ...ofPeople, ...ofLights]);
    for (const topic of gone) publisher.keep(topic, '');
    for (const [topic, payload] of discovered) publisher.keep(topic, payload);
  }

  let cancelBirth = () => {};
  for (const outlet of outlets) {
    outlet.onMessage(({ topic, payload }) => {
      if (topic !== birth || payload.toString() !== 'online') return;
      cancelBirth();
      cancelBirth = clock.after(birthWaitMs.least + random() * birthWaitMs.spread, () => publisher.restate());
    });
  }

  const silence = link && speakForAbsentLamps(link, availabilities, clock);

  /** Where lamps find the broker, while it is there for them. */
  let lampPort: number | undefined;
  let securePort: number | undefined;
  const brokerForLamps = () => {
    if (broker) return lampPort === undefined ? undefined : { host: '-', port: lampPort };
    return link?.isUp() ? lampsDial(config.mqtt.broker) : undefined;
  };
  const { host, port: probePort } = listeners.probe;
  const probe =
    probePort === undefined
      ? undefined
      : createProbeListener({ host, port: probePort, login, broker: brokerForLamps });

  const lampBus = createLampBus(bus, link?.listen);
  const mirrorBus = mirror && createLampBus(mirror, mirror.listen);

  return {
    bus,
    accounts,
    publisher,
    setPeople(next) {
      people = next;
      offer();
    },
    setLights(next) {
      lights = next;
      offer();
    },
    async apply(next) {
      const before = new Set(lamps);
      lamps.clear();
      for (const id of lampsOf(next)) lamps.add(id);
      accounts.configure(next.mqtt.users);
      broker?.apply(
        next,
        next.lights.filter((light) => light.kind !== 'espruino').map((light) => light.id),
      );
      for (const id of lamps) {
        if (!before.has(id))
          await bus.publish(topics.light(id, 'availability'), 'offline', true).catch(() => {});
      }
      mirrored?.take(lamps);
    },
    announce() {
      if (securePort !== undefined) {
        log.info(`MQTT over TLS is on port ${securePort}; clients trust ${store.path(caFile)}.`);
      }
      if (embedded) warnOfMissingSecrets(config, accounts, log);
    },
    busOf: (via) => (via === 'mirror' && mirrorBus ? mirrorBus : lampBus),
    serve(ends) {
      for (const outlet of outlets) {
        // Our own lamps hear this one themselves. Said again it would be twice, and, on a broker of MQTT 3.1.1, which
        // gives everybody back his own words, for ever.
        const isHeard = (command: Command) =>
          outlet === bus && command.what === 'identify' && lamps.has(command.id);
        outlet.onMessage(createCommandReader({ base: baseTopic, clock, log, ends, isHeard }));
      }
    },
    lampPort: () => lampPort,
    acceptUpgrade: config.mqtt.listen.webSocket ? broker?.acceptUpgrade : undefined,
    async start() {
      let at: number | string | undefined = config.mqtt.broker;
      if (broker) {
        // Nothing that lamps said outlives the embedded broker, so none has a word of its own yet.
        for (const topic of availabilities()) void broker.publish(topic, 'offline', true);
        lampPort = await listening('mqtt', listeners.mqtt, broker.start);
        securePort = await listening('mqtts', listeners.mqtts, broker.startTls);
        at = lampPort;
        // What is retained was kept before the broker could take it.
        publisher.restate(broker);
      }
      for (const one of links) one.start();
      return { mqtt: at, probe: probe && (await listening('probe', listeners.probe, probe.start)) };
    },
    onLampListening: (listener) =>
      broker
        ? broker.onSubscribe((account) => {
            if (account.kind === 'lamp') listener();
          })
        : () => {},
    async stop() {
      cancelBirth();
      silence?.();
      await ghosts.written();
      lampPort = undefined;
      await probe?.stop();
      await Promise.all(links.map((one) => one.stop()));
      await broker?.stop();
    },
  };
}

function warnOfMissingSecrets(config: Config, accounts: Accounts, log: Log): void {
  for (const light of config.lights) {
    const { id, kind } = light;
    if (kind === 'espruino' && accounts.keyOf(id) === undefined) {
      log.warn(
        `Light ${id} has no key yet and cannot log in: run "doorlight light add ${id} --kind espruino".`,
      );
    }
    if ('via' in light && light.via === 'main' && treesOf(light) && !accounts.hasPassword(id)) {
      log.warn(
        `Light ${id} has no password yet and cannot log in: run "doorlight light add ${id} --kind ${kind}".`,
      );
    }
  }
  for (const { username, access } of config.mqtt.users) {
    if (!accounts.hasPassword(username)) {
      log.warn(
        `MQTT user ${username} has no password yet: run "doorlight user add ${username} --access ${access}".`,
      );
    }
  }
}
