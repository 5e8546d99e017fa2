/** The room of MQTT: the embedded broker with its accounts, the lamps' log-in, and our topics on it. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import { topicsBelow } from '../../protocol/topics.ts';
import type { Listeners } from '../config/listeners.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import { listening } from '../start-error.ts';
import type { Store } from '../store.ts';
import { accessRules } from './access.ts';
import { type Accounts, openAccounts } from './accounts.ts';
import { createBroker } from './broker.ts';
import type { MessageBus } from './bus.ts';
import { brokerCertificate, caFile } from './certificate.ts';
import { createLampLogin } from './lamp-login.ts';
import { createProbeListener } from './probe.ts';
import { createPublisher, type Publisher } from './publisher.ts';

/** Home Assistant's own topics, below which its consumers read and announce themselves. */
const discoveryPrefix = 'homeassistant';

export interface MqttSide {
  bus: MessageBus;
  publisher: Publisher;
  accounts: Accounts;
  /** Says in the log what there is to know once everything is up. */
  announce(): void;
  /** Resolves with the ports listened on. @throws StartError */
  start(): Promise<{ mqtt: number | undefined; probe: number | undefined }>;
  /** Calls when a lamp listens to its topics from now on. */
  onLampListening(listener: () => void): () => void;
  stop(): Promise<void>;
}

export async function createMqttSide(
  config: Config,
  ports: { listeners: Listeners; clock: Clock; store: Store; log: Log; hosted: readonly string[] },
): Promise<MqttSide> {
  const { listeners, clock, store, log } = ports;
  const { baseTopic } = config.mqtt;
  const lamps = new Set(config.lights.filter((light) => light.kind === 'espruino').map((light) => light.id));
  const accounts = openAccounts(store, config.mqtt.users);
  const login = createLampLogin({
    clock,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    keyOf: (id) => (lamps.has(id) ? accounts.keyOf(id) : undefined),
  });

  const tlsPort = listeners.mqtts.port;
  const broker = await createBroker({
    host: listeners.mqtt.host,
    port: listeners.mqtt.port,
    tls:
      tlsPort === undefined
        ? undefined
        : { port: tlsPort, ...(await brokerCertificate(store, clock.now, config.mqtt.listen.tls)) },
    rules: accessRules(baseTopic, discoveryPrefix, ports.hosted),
    authenticate(username, password, clientId) {
      const lampOfId = clientId.replace(/^doorlight-/, '');
      if (lamps.has(username)) {
        const own = clientId === `doorlight-${username}` && login.check(username, password);
        return own ? { kind: 'lamp', id: username } : undefined;
      }
      // A consumer with a lamp's client id would throw that lamp out.
      if (lampOfId !== clientId && lamps.has(lampOfId)) return undefined;
      const access = accounts.accessOf(username, password);
      return access && { kind: 'consumer', name: username, access };
    },
    log,
  });

  let lampPort: number | undefined;
  let securePort: number | undefined;
  const { host, port: probePort } = listeners.probe;
  const probe =
    probePort === undefined
      ? undefined
      : createProbeListener({ host, port: probePort, login, mqttPort: () => lampPort });

  function announce(): void {
    if (securePort !== undefined) {
      log.info(`MQTT over TLS is on port ${securePort}; clients trust ${store.path(caFile)}.`);
    }
    for (const id of lamps) {
      if (accounts.keyOf(id) === undefined) {
        log.warn(
          `Light ${id} has no key yet and cannot log in: run "doorlight light add ${id} --kind espruino".`,
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

  return {
    bus: broker,
    announce,
    accounts,
    publisher: createPublisher({ bus: broker, topics: topicsBelow(baseTopic), clock, log }),
    async start() {
      lampPort = await listening('mqtt', listeners.mqtt, broker.start);
      securePort = await listening('mqtts', listeners.mqtts, broker.startTls);
      return { mqtt: lampPort, probe: probe && (await listening('probe', listeners.probe, probe.start)) };
    },
    onLampListening: (listener) =>
      broker.onSubscribe((account) => {
        if (account.kind === 'lamp') listener();
      }),
    async stop() {
      lampPort = undefined;
      await probe?.stop();
      await broker.stop();
    },
  };
}
