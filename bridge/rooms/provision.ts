/** The room where lamps are made and looked after: flashing by cable, updates and settings over the air. */
import { crc32 } from 'node:zlib';
import type { Static } from 'typebox';
import { type Clock, every, sleep } from '../../protocol/clock.ts';
import type { ConfigBody as LampConfig } from '../../protocol/lamp-admin.ts';
import { topicsBelow } from '../../protocol/topics.ts';
import type { FlashRequest } from '../../protocol/updates.ts';
import type { Config, EspruinoLightConfig } from '../config/schema.ts';
import type { Order, Outcome } from '../control/control.ts';
import { ConfigOrder, type UpdateBody, UpdateOrder } from '../control/lamp-schemas.ts';
import type { OpenSerial } from '../lights/serial/open.ts';
import type { Log } from '../log.ts';
import type { Accounts } from '../mqtt/accounts.ts';
import type { MessageBus } from '../mqtt/bus.ts';
import { createConfigChanges } from '../provision/change-config.ts';
import { createFlashJobs } from '../provision/flash-jobs.ts';
import { flashLamp, type LampFirmware } from '../provision/flash-lamp.ts';
import { createLampDesk } from '../provision/lamp-desk.ts';
import { listPorts, realPath } from '../provision/ports.ts';
import { createUpdates, UpdateError } from '../provision/rollout.ts';
import type { Store } from '../store.ts';
import type { ProvisionPort } from '../web/routes/provision.ts';

const lookEveryMs = 1_000;
const followEveryMs = 10 * 60_000;

export interface ProvisionRoom extends ProvisionPort {
  /** A message on a light's `result` topic. */
  hear(light: string, payload: Buffer): void;
  /** `bridge/request/update` and `…/config` */
  orders: Readonly<Record<string, Order>>;
  /** Other lights than before. */
  apply(lights: Config['lights']): void;
  start(): void;
  stop(): Promise<void>;
}

export function createProvisionRoom(
  config: Config,
  ports: {
    bus: MessageBus;
    accounts: Accounts;
    clock: Clock;
    store: Store;
    log: Log;
    openSerial: OpenSerial;
    /** The version of the firmware that belongs to this bridge, and the firmware, read when it is needed. */
    version: string;
    firmware: () => LampFirmware;
    isOnline: (light: string) => boolean;
    /** Whether this version came as an update that lamps are to follow by themselves. */
    lampsFollow: () => boolean;
  },
): ProvisionRoom {
  const { bus, accounts, clock, store, log, version, firmware, isOnline, lampsFollow } = ports;
  const topics = topicsBelow(config.mqtt.baseTopic);
  const lamps = new Map<string, EspruinoLightConfig>();
  const usedPorts = new Map<string, string>();

  function apply(lights: Config['lights']): void {
    lamps.clear();
    usedPorts.clear();
    for (const light of lights) {
      if (light.kind === 'espruino') lamps.set(light.id, light);
      if ('device' in light && light.device) usedPorts.set(realPath(light.device), light.id);
    }
  }

  apply(config.lights);
  const desk = createLampDesk({
    clock,
    keyOf: accounts.keyOf,
    publish: (light, word, payload) => bus.publish(topics.light(light, word), payload, false),
  });
  const updates = createUpdates({
    ...{ desk, version, clock, store, log, isOnline },
    app() {
      const text = firmware().app;
      return { version, text, crc: crc32(text) };
    },
    isLamp: (light) => lamps.has(light),
  });
  const changes = createConfigChanges({ desk, clock, log });
  const ended = new AbortController();
  let cancel = () => {};
  const jobs = createFlashJobs({
    log,
    flash: (id, request, onStep) =>
      flashLamp({
        ...{ light: lamps.get(id)!, mqtt: config.mqtt, place: placeOf(request), path: request.port },
        ...{ open: ports.openSerial, clock, force: request.force ?? false, firmware: firmware(), onStep },
        mintKey: () => accounts.mintLamp(id),
      }),
    async comesOnline(light, ms) {
      const deadline = clock.monotonic() + ms;
      while (!isOnline(light) && clock.monotonic() < deadline && !ended.signal.aborted) {
        await sleep(clock, lookEveryMs, ended.signal);
      }
      return isOnline(light);
    },
  });

  function update(lights: readonly string[] | undefined, force: boolean) {
    try {
      return { rollout: updates.begin(lights ?? [...lamps.keys()], force) };
    } catch (error) {
      if (error instanceof UpdateError) return { error: error.message };
      throw error;
    }
  }

  function changeConfig(light: string, body: object) {
    const change = changes.begin(light, body as LampConfig);
    return typeof change === 'string' ? { error: change } : { change };
  }

  return {
    apply,
    isLamp: (light) => lamps.has(light),
    ports: () => listPorts().map((port) => ({ ...port, light: usedPorts.get(realPath(port.path)) ?? null })),
    flash(light, request) {
      const used = usedPorts.get(realPath(request.port));
      if (used !== undefined) {
        return { error: `${request.port} is the device of light ${used}: take that light out first.` };
      }
      const job = jobs.begin(light, request);
      return job ? { job } : { error: `A board on ${request.port} is being flashed already.` };
    },
    flashes: jobs.all,
    findFlash: jobs.find,
    update,
    rollout: updates.current,
    stopUpdate: updates.cancel,
    changeConfig,
    findChange: changes.find,
    orders: {
      update: {
        schema: UpdateOrder,
        run(value) {
          const { lights, force = false } = value as Static<typeof UpdateBody>;
          const stranger = lights?.find((light) => !lamps.has(light));
          if (stranger !== undefined) return missing(stranger);
          const begun = update(lights, force);
          return 'rollout' in begun ? { ok: true, data: begun.rollout } : { ok: false, error: begun.error };
        },
      },
      config: {
        schema: ConfigOrder,
        run(value) {
          const { light, config: body } = value as { light: string; config: LampConfig };
          if (!lamps.has(light)) return missing(light);
          const begun = changeConfig(light, body);
          return 'change' in begun ? { ok: true, data: begun.change } : { ok: false, error: begun.error };
        },
      },
    },
    hear: desk.hear,
    start() {
      updates.start();
      cancel = every(clock, followEveryMs, () => {
        if (lampsFollow()) updates.follow([...lamps.keys()]);
      });
    },
    async stop() {
      cancel();
      ended.abort();
      await updates.stop();
    },
  };
}

function placeOf({ wifi, bridge, account }: FlashRequest) {
  return {
    networks: wifi ? [wifi] : [],
    ...(bridge === undefined ? {} : { bridge }),
    ...(account ? { account } : {}),
  };
}

const missing = (light: string): Outcome => ({
  ok: false,
  error: `There is no lamp ${light}: only lights of kind espruino are updated.`,
  missing: true,
});
