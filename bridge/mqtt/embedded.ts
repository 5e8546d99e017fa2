/** The embedded broker with everything that decides who may log in. */
import type { Clock } from '../../protocol/clock.ts';
import type { Listeners } from '../config/listeners.ts';
import type { Config, LightConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store.ts';
import { type Account, accessRules } from './access.ts';
import type { Accounts } from './accounts.ts';
import { type Broker, createBroker } from './broker.ts';
import { brokerCertificate } from './certificate.ts';
import type { LampLogin } from './lamp-login.ts';

export async function createEmbeddedBroker(
  config: Config,
  ports: {
    listeners: Listeners;
    clock: Clock;
    store: Store;
    log: Log;
    hosted: readonly string[];
    accounts: Accounts;
    login: LampLogin;
  },
): Promise<Broker & { apply(config: Config, hosted: readonly string[]): void }> {
  const { listeners, clock, store, log, accounts, login } = ports;
  const { baseTopic, listen, homeAssistant } = config.mqtt;
  let lights = new Map(config.lights.map((light) => [light.id, light]));
  let rules = accessRules(baseTopic, homeAssistant.prefix, ports.hosted);
  const isLamp = (id: string) => lights.get(id)?.kind === 'espruino';
  const deviceOf = (id: string): Account | undefined => {
    const trees = treesOf(lights.get(id));
    return trees && { kind: 'device', id, trees };
  };
  /** A light as it is configured now: one that is gone may do nothing more, its last will included. */
  const now = (account: Account): Account | undefined => {
    if (account.kind === 'lamp') return isLamp(account.id) ? account : undefined;
    return account.kind === 'device' ? deviceOf(account.id) : account;
  };
  const tlsPort = listeners.mqtts.port;
  const certificate = () => brokerCertificate(store, clock.now, listen.tls);
  // A wrong file of the user's is found here, before anything listens.
  if (tlsPort !== undefined) await certificate();
  const broker = await createBroker({
    host: listeners.mqtt.host,
    port: listeners.mqtt.port,
    tls: tlsPort === undefined ? undefined : { port: tlsPort, certificate },
    rules: {
      canPublish(account, topic) {
        const current = now(account);
        return current !== undefined && rules.canPublish(current, topic);
      },
      canSubscribe(account, filter) {
        const current = now(account);
        return current !== undefined && rules.canSubscribe(current, filter);
      },
      isCommand: (topic) => rules.isCommand(topic),
      isOurs: (topic) => rules.isOurs(topic),
    },
    async authenticate(username, password, clientId) {
      if (isLamp(username)) {
        const own = clientId === `doorlight-${username}` && login.check(username, password);
        return own ? { kind: 'lamp', id: username } : undefined;
      }
      const device = deviceOf(username);
      if (device) return (await accounts.isPasswordOf(username, password)) ? device : undefined;
      const access = await accounts.accessOf(username, password);
      return access && { kind: 'consumer', name: username, access };
    },
    clock,
    log,
  });
  accounts.onRevoked(broker.cut);
  return {
    ...broker,
    apply(next, hosted) {
      const before = lights;
      lights = new Map(next.lights.map((light) => [light.id, light]));
      rules = accessRules(baseTopic, homeAssistant.prefix, hosted);
      const own = (light: LightConfig | undefined) => JSON.stringify([light?.kind, treesOf(light)]);
      for (const [id, light] of before) if (own(lights.get(id)) !== own(light)) broker.cut(id);
    },
  };
}

/** The topics that another maker's lamp calls its own (contract section 4, "Accounts"). */
export function treesOf(light: LightConfig | undefined): string[] | undefined {
  switch (light?.kind) {
    case 'wled':
      return [`${light.topic}/#`];
    case 'tasmota':
      return [...['cmnd', 'stat', 'tele'].map((verb) => `${verb}/${light.topic}/#`), 'tasmota/#'];
    case 'zigbee2mqtt':
      return [`${light.topic.split('/')[0]}/#`];
    case 'esphome':
      return [`${light.topic.slice(0, light.topic.lastIndexOf('/light/'))}/#`];
    default:
      return undefined;
  }
}
