/** What tests of USB lights share: settings with their defaults, shows, and a light that is watched. */
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { parseConfig } from '../../../bridge/config/load.ts';
import type { UsbBus } from '../../../bridge/lights/usb/bus.ts';
import type { UsbLightConfig } from '../../../bridge/lights/usb/choose.ts';
import { createUsbLight } from '../../../bridge/lights/usb/light.ts';
import type { Clock } from '../../../protocol/clock.ts';
import type { Show, ShowOn } from '../../../protocol/show.ts';
import { type Effect, effects, statuses } from '../../../protocol/status.ts';

/** A USB light as the configuration gives it, from the keys of its entry. */
export function usbLight(keys: string): UsbLightConfig {
  return parseConfig(`lights: [{ id: desk, ${keys} }]`, 'test.yaml').lights[0] as UsbLightConfig;
}

export function look(r: number, g: number, b: number, effect: Effect = 'solid', brightness = 255): ShowOn {
  return { state: 'ON', color_mode: 'rgb', color: { r, g, b }, brightness, effect };
}

const byte = fc.integer({ min: 0, max: 255 });

/** Any show, and any status that it may stand for. */
export const anyShow: fc.Arbitrary<Show> = fc.oneof(
  fc.constant<Show>({ state: 'OFF' }),
  fc
    .record({ r: byte, g: byte, b: byte, effect: fc.constantFrom(...effects), brightness: byte })
    .map(({ r, g, b, effect, brightness }) => look(r, g, b, effect, brightness)),
);
export const anyStatus = fc.option(fc.constantFrom(...statuses), { nil: undefined });

/** A light on a bus, and everything that it says: on its topics, and in the log. */
export function watched(config: UsbLightConfig, bus: UsbBus, clock: Clock) {
  const topics: string[] = [];
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  const light = createUsbLight({
    config,
    bus,
    topics: { identify() {}, hosted: (_id, what, payload) => topics.push(`${what} ${payload}`) },
    clock,
    log: { debug() {}, info: keep, warn: keep, error: keep },
    onReport() {},
  });
  return { light, topics, lines };
}

/** A bus of one device that a test can pull, refuse, freeze and talk through. */
export function testBus() {
  const opened: { sent: Buffer[]; text: () => string; pull: () => void; say: (text: string) => void }[] = [];
  const state = { there: true, frozen: false, refuse: undefined as Error | undefined, plugs: 1, opens: 0 };
  const bus: UsbBus = {
    list: () => [],
    find: (at) => (state.there ? { at, plugged: `plug ${state.plugs}` } : { missing: true }),
    plugged: () => (state.there ? `plug ${state.plugs}` : undefined),
    watch: () => () => {},
    open() {
      state.opens++;
      if (state.refuse) throw state.refuse;
      const sent: Buffer[] = [];
      const port = new Duplex({
        read() {},
        write(chunk: Buffer, _encoding, done) {
          sent.push(chunk);
          if (!state.frozen) done();
        },
      });
      setImmediate(() => port.emit('open'));
      opened.push({
        sent,
        text: () => Buffer.concat(sent).toString('latin1'),
        pull: () => port.destroy(),
        say: (text) => void port.push(text),
      });
      return port;
    },
  };
  return { bus, opened, state };
}
