/** Which ports are listened on: the file's, where 0 is off, under the command line's, where 0 is any free one. */
import type { Config } from './schema.ts';

export interface Listener {
  host: string;
  /** 0 = any free port; undefined = off */
  port: number | undefined;
}

export type ListenerName = 'web' | 'hooks' | 'mqtt' | 'mqtts' | 'probe';
export type Listeners = Record<ListenerName, Listener>;
export type PortFlags = Partial<Record<ListenerName, number>>;

export function listenersOf(config: Config, flags: PortFlags): Listeners {
  const { mqtt, web, hooks } = config;
  const pick = (name: ListenerName, host: string, port: number): Listener => ({
    host,
    port: flags[name] ?? (port === 0 ? undefined : port),
  });
  return {
    web: pick('web', web.host, web.port),
    hooks: pick('hooks', hooks.host, hooks.port),
    mqtt: pick('mqtt', mqtt.listen.host, mqtt.listen.port),
    mqtts: pick('mqtts', mqtt.listen.host, mqtt.listen.tlsPort),
    probe: pick('probe', mqtt.listen.host, mqtt.listen.probePort),
  };
}

/** Where in the configuration and on the command line a port is set, for an error. */
export const portKeys: Record<ListenerName, string> = {
  web: 'web.port or --web-port',
  hooks: 'hooks.port or --hooks-port',
  mqtt: 'mqtt.listen.port or --mqtt-port',
  mqtts: 'mqtt.listen.tlsPort or --mqtts-port',
  probe: 'mqtt.listen.probePort or --probe-port',
};

/** The same for the address. */
export const hostKeys: Record<ListenerName, string> = {
  web: 'web.host, or --host of the demo',
  hooks: 'hooks.host',
  mqtt: 'mqtt.listen.host, or --host of the demo',
  mqtts: 'mqtt.listen.host, or --host of the demo',
  probe: 'mqtt.listen.host, or --host of the demo',
};
