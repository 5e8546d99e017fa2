/**
 * The link to a broker of the user's: MQTT 5 where the broker speaks it, for it tells which command was retained, else
 * 3.1.1. Each attempt is a new client with a clean session, so that nothing of before is sent twice or late.
 */
import { readFileSync } from 'node:fs';
import type { IClientOptions, MqttClient } from 'mqtt';
import type { Clock } from '../../protocol/clock.ts';
import { ConfigError } from '../config/load.ts';
import { type Log, reasonOf } from '../log.ts';
import type { Heard, LinkedBus } from './bus.ts';

/** Contract section 4: the last will speaks at most one and a half of these after the bridge is gone. */
const keepAliveSeconds = 15;
const connectTimeoutMs = 5_000;
const firstRetryMs = 500;
const longestRetryMs = 4_000;
/** A client of 5.0 that a 3.1.1 broker refuses: return code 1, or reason 132 (MQTT 5, 3.2.2.2). */
const otherVersion = [1, 132];

export interface LinkOptions {
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  caFile?: string | undefined;
  clientId: string;
  /** Said by the broker when the bridge is gone, retained. */
  will: { topic: string; payload: string };
  /** What to hear of others; `commands` are asked for without what the broker retained. */
  filters: { state: readonly string[]; commands: readonly string[] };
  clock: Clock;
  random: () => number;
  log: Log;
}

export interface Link extends LinkedBus {
  start(): void;
  /** More to hear, beside the filters; the result ends it. */
  listen(filters: readonly string[]): () => void;
  /** Ends in peace, without the last will. */
  stop(): Promise<void>;
}

/** @throws ConfigError when the CA file cannot be read */
export function createLink(options: LinkOptions): Link {
  const { clock, random, log } = options;
  const at = new URL(options.url).host;
  const ca = options.caFile === undefined ? undefined : readCa(options.caFile);
  const listeners = new Set<(message: Heard) => void>();
  const ups = new Set<() => void>();
  const extra = new Set<readonly string[]>();
  let version: 4 | 5 = 5;
  let client: MqttClient | undefined;
  let up = false;
  let heardAt: number | undefined;
  let told: string | undefined;
  let refused = false;
  let retries = 0;
  let cancelRetry = () => {};
  let stopped = true;

  async function dial(): Promise<void> {
    // Loaded only where there is a link: it costs 7 MB.
    const { connect } = await import('mqtt');
    if (stopped) return;
    let reason = 'it closed the connection';
    let again = false;
    const settings: IClientOptions = {
      clientId: options.clientId,
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
      ...(ca ? { ca } : {}),
      clean: true,
      protocolVersion: version,
      keepalive: keepAliveSeconds,
      connectTimeout: connectTimeoutMs,
      reconnectPeriod: 0,
      resubscribe: false,
      will: { ...options.will, payload: Buffer.from(options.will.payload), qos: 1, retain: true },
    };
    const mine = connect(options.url, settings);
    client = mine;
    mine.on('error', (error: Error & { code?: unknown }) => {
      if (version === 5 && otherVersion.includes(error.code as number)) {
        version = 4;
        again = true;
        log.info(
          `The MQTT broker at ${at} speaks 3.1.1: retained commands are known only when it replays them.`,
        );
      }
      reason = reasonOf(error);
    });
    mine.on('connect', () => void greeted(mine));
    mine.on('packetreceive', () => {
      heardAt = clock.monotonic();
    });
    mine.on('message', (topic, payload, packet) => {
      const heard = { topic, payload, retain: packet.retain };
      for (const listener of listeners) listener(heard);
    });
    mine.once('close', () => {
      if (mine !== client || stopped) return;
      mine.end(true);
      if (again) void dial();
      else lost(reason);
    });
  }

  async function greeted(mine: MqttClient): Promise<void> {
    up = true;
    retries = 0;
    refused = false;
    if (told !== undefined) log.info(`The MQTT broker at ${at} is back.`);
    else log.info(`Linked to the MQTT broker at ${at}.`);
    told = undefined;
    for (const listener of ups) listener();
    const { state, commands } = options.filters;
    await subscribe(mine, [...new Set([...state, ...[...extra].flat()])]);
    await subscribe(mine, commands, { rh: 2 });
  }

  async function subscribe(mine: MqttClient, filters: readonly string[], more: object = {}): Promise<void> {
    if (filters.length === 0) return;
    const asked = version === 5 ? { qos: 1 as const, rap: true, nl: true, ...more } : { qos: 1 as const };
    try {
      await mine.subscribeAsync([...filters], asked);
    } catch (error) {
      if (mine === client && up)
        log.warn(`The MQTT broker at ${at} refused a subscription: ${reasonOf(error)}`);
    }
  }

  function lost(reason: string): void {
    up = false;
    if (told === undefined) log.warn(`No link to the MQTT broker at ${at}: ${reason}. It is tried again.`);
    told = reason;
    const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** retries++);
    cancelRetry = clock.after(wait * (0.75 + random() / 2), () => void dial());
  }

  return {
    start() {
      stopped = false;
      void dial();
    },
    isUp: () => up,
    heardAt: () => heardAt,
    publish(topic, payload, retain) {
      if (!client || !up) return Promise.reject(new Error(`no link to the MQTT broker at ${at}`));
      return client.publishAsync(topic, payload, { qos: 1, retain }).then(
        () => {},
        (error: Error & { code?: unknown }) => {
          // Only a broker's answer has a code; that the link is lost is told by itself.
          if (typeof error.code === 'number' && !refused) {
            refused = true;
            const more = 'If it refuses more, that is not said again.';
            log.warn(`The MQTT broker at ${at} refused a message on ${topic}: ${error.message}. ${more}`);
          }
          throw error;
        },
      );
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onUp(listener) {
      ups.add(listener);
      return () => ups.delete(listener);
    },
    listen(filters) {
      extra.add(filters);
      if (client && up) void subscribe(client, filters);
      return () => {
        extra.delete(filters);
        const others = new Set([...options.filters.state, ...[...extra].flat()]);
        const gone = filters.filter((filter) => !others.has(filter));
        // Of a link that ends meanwhile nothing is left to take back.
        if (client && up && gone.length > 0) client.unsubscribeAsync(gone).catch(() => {});
      };
    },
    async stop() {
      stopped = true;
      cancelRetry();
      const wasUp = up;
      up = false;
      await client?.endAsync(!wasUp).catch(() => {});
    },
  };
}

function readCa(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`The CA file ${file} of an MQTT broker cannot be read (${code}): check the path.`);
  }
}
