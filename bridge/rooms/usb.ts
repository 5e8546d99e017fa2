/** The room where what is plugged into USB becomes a light: found by its blinking, adopted into the configuration. */
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { ConfigFile } from '../config/file.ts';
import { parseConfig } from '../config/load.ts';
import type { LightConfig } from '../config/schema.ts';
import { type Brief, briefly } from '../lights/usb/briefly.ts';
import type { UsbBus } from '../lights/usb/bus.ts';
import type { UsbLightConfig } from '../lights/usb/choose.ts';
import { inventory } from '../lights/usb/inventory.ts';
import type { UsbPort } from '../web/routes/usb.ts';

const identifyMs = 10_000;

export function createUsbRoom(options: {
  bus: UsbBus;
  lights: () => readonly LightConfig[];
  /** The file that an adopted light is written into; nothing in the demo. */
  file: Pick<ConfigFile, 'etag' | 'change'> | undefined;
  clock: Clock;
  /** Lets a light of the configuration blink. */
  identify: (light: string) => void;
}): UsbPort & { stop(): void } {
  const { bus, clock, file } = options;
  const blinking = new Set<string>();
  const ended = new AbortController();
  const list = () => inventory(bus, options.lights());

  return {
    list,
    async identify(device, protocol) {
      const plugged = list().find((one) => one.device === device || one.path === device);
      if (!plugged) return { error: `There is no device ${device}.`, missing: true };
      if (plugged.light !== null) {
        options.identify(plugged.light);
        return { blinking: true };
      }
      if (blinking.has(plugged.path)) return { blinking: true };
      const entry = { id: 'find', kind: plugged.kind, device: plugged.device, protocol: protocol ?? 'auto' };
      const config = entryOf(entry);
      if ('error' in config) return config;
      blinking.add(plugged.path);
      // Answered when it blinks, not when it has blinked.
      return await new Promise((resolve) => {
        void briefly(config, { bus, clock }, async (light) => {
          light.identify();
          resolve({ blinking: true });
          await sleep(clock, identifyMs, ended.signal);
        }).then((brief: Brief) => {
          blinking.delete(plugged.path);
          if (!brief.ok) resolve({ error: brief.reason });
        });
      });
    },
    async adopt({ device, ...rest }) {
      const plugged = list().find((one) => one.device === device || one.path === device);
      if (!plugged) return { error: `There is no device ${device}.`, missing: true };
      if (plugged.light !== null) return { error: `This is the light ${plugged.light} already.` };
      if (plugged.stranger !== null) return { error: `This is ${plugged.stranger}, and no light.` };
      if (!rest.protocol && plugged.protocol === null) {
        return { error: 'This device does not say what it is: name its protocol.' };
      }
      if (!file) return { error: 'The demo has no configuration file to write it into.' };
      const { id, name, protocol, shows } = rest;
      if (options.lights().some((light) => light.id === id)) {
        return { error: `There is a light ${id} already: choose another id.` };
      }
      const value = {
        ...{ id, kind: plugged.kind, device: plugged.device },
        ...(protocol ? { protocol } : {}),
        ...(name ? { name } : {}),
        shows,
      };
      const refused = await file.change([{ path: `lights/${id}`, value }], file.etag());
      return refused ? { error: refused.error } : { id };
    },
    stop: () => ended.abort(),
  };
}

/** A light of these keys with the defaults of the schema. */
function entryOf(entry: object): UsbLightConfig | { error: string } {
  try {
    return parseConfig(JSON.stringify({ lights: [entry] }), 'the request').lights[0] as UsbLightConfig;
  } catch (error) {
    return { error: (error as Error).message.split('\n')[0]! };
  }
}
