/** Everything that could become a light, in one list: let it blink, then adopt it in one step. */
import { createSocket } from 'node:dgram';
import type { Clock } from '../../protocol/clock.ts';
import type { FoundKind, FoundLight } from '../../protocol/found.ts';
import type { UsbDeviceView } from '../../protocol/usb.ts';
import type { LightConfig } from '../config/schema.ts';
import { blinkWled, giveBroker, type WledDevice, WledError } from '../lights/wled/device.ts';
import { createWledSearch, type openMdns } from '../lights/wled/search.ts';
import { boardBehind } from '../provision/usb-boards.ts';
import type { ConfigPort } from '../web/ports.ts';
import type { Adoption, FoundPort } from '../web/routes/found.ts';
import type { ProvisionPort } from '../web/routes/provision.ts';
import type { UsbPort } from '../web/routes/usb.ts';

/** WLED keeps no more of an MQTT user name. */
const longestWledName = 40;

export function createFoundRoom(rooms: {
  usb: UsbPort;
  provision: ProvisionPort;
  config: ConfigPort;
  lights: () => readonly LightConfig[];
  /** Where lamps find the embedded broker's plain port; nothing on a user's own broker, or while it is closed. */
  brokerPort: () => number | undefined;
  clock: Clock;
  mdns?: typeof openMdns | undefined;
}): FoundPort & { stop(): void } {
  const { usb, provision, config, clock } = rooms;
  const search = createWledSearch({ clock, ...(rooms.mdns ? { open: rooms.mdns } : {}) });
  const ended = new AbortController();

  function devices() {
    const { devices: lamps, searching } = search.look();
    const plugged = usb.list().filter(({ stranger }) => stranger === null);
    return { lamps, searching, plugged };
  }

  /** A light of the configuration has the topic that the lamp has, or would be given. */
  const lightOf = ({ topic, mac }: WledDevice): string | null =>
    rooms.lights().find((light) => light.kind === 'wled' && [topic, ownTopic(mac)].includes(light.topic))
      ?.id ?? null;

  const find = (ref: string) => {
    const { lamps, plugged } = devices();
    return {
      lamp: lamps.find((one) => refOfLamp(one) === ref),
      plugged: plugged.find((one) => refOfDevice(one) === ref),
    };
  };

  /** Written first, so that the lamp's log-in is there when it dials; taken back when the rest fails. */
  async function adoptThen(
    id: string,
    value: object,
    rest: (minted: { password?: string } | undefined) => Promise<object> | object,
  ): ReturnType<FoundPort['adopt']> {
    const { etag } = config.view();
    if (rooms.lights().some((light) => light.id === id)) return conflict(`There is a light ${id} already.`);
    const outcome = await config.change([{ path: `lights/${id}`, value }], etag);
    if (!outcome.ok) return { refused: 'config', outcome };
    const minted = outcome.minted.find(({ light }) => light === id);
    try {
      return { id, ...(await rest(minted)) };
    } catch (error) {
      await config.change([{ path: `lights/${id}`, value: null }], config.view().etag);
      if (!(error instanceof WledError || error instanceof Busy)) throw error;
      return conflict(error.message);
    }
  }

  async function adoptLamp(lamp: WledDevice, { id, name, shows }: Adoption) {
    const light = lightOf(lamp);
    if (light !== null) return conflict(`This is the light ${light} already.`);
    const port = rooms.brokerPort();
    const value = { kind: 'wled', shows, ...(name ? { name } : {}) };
    if (port === undefined) {
      // On a user's own broker we cannot make an account for it.
      const { topic } = lamp;
      if (topic) return await adoptThen(id, { ...value, topic }, () => ({}));
      return conflict('Enter your MQTT broker on its own page first, under Config, Sync Interfaces.');
    }
    if (id.length > longestWledName)
      return conflict(`Its id must not be longer than ${longestWledName} letters.`);
    const topic = ownTopic(lamp.mac);
    const host = await addressTowards(lamp.address);
    return await adoptThen(id, { ...value, topic }, async (minted) => {
      await giveBroker(lamp, clock, { host, port, topic, username: id, password: minted!.password! });
      return {};
    });
  }

  function adoptBoard({ path }: UsbDeviceView, { id, name, shows, wifi, bridge }: Adoption) {
    const value = { kind: 'espruino', shows, ...(name ? { name } : {}) };
    return adoptThen(id, value, () => {
      const place = { ...(wifi ? { wifi } : {}), ...(bridge ? { bridge } : {}) };
      const begun = provision.flash(id, { port: path, ...place });
      if ('error' in begun) throw new Busy(begun.error);
      return { job: begun.job };
    });
  }

  return {
    list() {
      const { lamps, searching, plugged } = devices();
      const onNet = lamps.map((lamp): FoundLight => {
        const { name, address } = lamp;
        const light = lightOf(lamp);
        return {
          ref: refOfLamp(lamp),
          kinds: ['wled'],
          name,
          at: address,
          protocol: null,
          blinks: true,
          light,
        };
      });
      return { lights: [...plugged.map(viewOf), ...onNet], searching };
    },
    async identify(ref, protocol) {
      const { lamp, plugged } = find(ref);
      if (plugged) return await usb.identify(plugged.device, protocol);
      if (!lamp) return { error: 'It is not there any more: look again.', missing: true };
      try {
        await blinkWled(lamp, clock, ended.signal);
        return { blinking: true };
      } catch (error) {
        return { error: (error as Error).message };
      }
    },
    async adopt(adoption) {
      const { lamp, plugged } = find(adoption.ref);
      if (lamp) return await adoptLamp(lamp, adoption);
      if (!plugged) return { refused: 'missing', error: 'It is not there any more: look again.' };
      const { kinds } = viewOf(plugged);
      const { kind = kinds[0]!, id, name, shows, protocol } = adoption;
      if (!kinds.includes(kind)) return conflict(`It cannot become a light of kind ${kind}.`);
      if (kind === 'espruino') return await adoptBoard(plugged, adoption);
      const { device } = plugged;
      const more = { ...(name ? { name } : {}), ...(protocol ? { protocol } : {}) };
      const adopted = await usb.adopt({ device, id, shows, ...more });
      return 'error' in adopted ? conflict(adopted.error) : adopted;
    },
    stop() {
      ended.abort();
      search.stop();
    },
  };
}

class Busy extends Error {}

const conflict = (error: string) => ({ refused: 'conflict' as const, error });
const refOfLamp = ({ mac }: WledDevice): string => `wled:${mac}`;
const refOfDevice = ({ device }: UsbDeviceView): string => device;
/** The topic that a WLED has when nobody chose another. */
const ownTopic = (mac: string): string => `wled/${mac.slice(-6)}`;

function viewOf(device: UsbDeviceView): FoundLight {
  const { kind, maker, name, path, protocol, light } = device;
  const chip = kind === 'serial' && protocol === null ? boardBehind(device) : undefined;
  const words = `${maker} ${name}`.trim();
  const kinds: FoundKind[] = chip ? ['espruino', kind] : [kind];
  const called = chip ? `${words || 'USB serial'} (${chip})` : words || 'A device without a name';
  const blinks = protocol !== null || light !== null;
  return { ref: refOfDevice(device), kinds, name: called, at: path, protocol, blinks, light };
}

/** Our own address on the way to another machine. Nothing is sent: a UDP socket is only told where it would send. */
function addressTowards(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.connect(9, address, () => {
      const own = socket.address().address;
      socket.close(() => resolve(own));
    });
  });
}
