/** USB lights on pseudo-terminals behind the whole bridge: presence in, bytes on the port and topics out. */
import { afterEach, describe, expect, it } from 'vitest';
import { topicsBelow } from '../../../protocol/topics.ts';
import {
  consumer,
  type Ends,
  endAll,
  eventually,
  listen,
  people,
  startBridge,
  startTenant,
  temporaryFolder,
} from '../../system/kit.ts';
import { hasSocat, plugIn } from './terminals.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));
const topics = topicsBelow('doorlight');
const availability = topics.light('desk', 'availability');
const state = topics.light('desk', 'state');

/** The newest of what a fit-statUSB was told, but for the question. */
const told = (heard: Buffer) =>
  String(heard)
    .trim()
    .split('\n')
    .filter((line) => line !== 'G')
    .at(-1);
/** Channels 1, 2, 3 of a relay board after all that it was told. */
const switched = (heard: Buffer) => {
  const channels = ['?', '?', '?'];
  for (let at = 0; at + 4 <= heard.length; at += 4) channels[heard[at + 1]! - 1] = String(heard[at + 2]);
  return channels.join('');
};

describe.skipIf(!hasSocat)(
  `a USB light behind the bridge${hasSocat ? '' : ' (skipped: no socat; install it)'}`,
  () => {
    async function world(more = '') {
      const plugs = temporaryFolder(ends);
      const desk = await plugIn(ends, plugs, 'desk');
      const stack = await plugIn(ends, plugs, 'stack');
      const tenant = await startTenant(ends);
      await tenant.setPresence('alice', 'Available');
      const text = `${tenant.microsoft}
${people}
mqtt: { ${consumer} }
lights:
  - { id: desk, kind: serial, device: ${desk.near}, protocol: fit-statusb, shows: [alice], brightness: 0.5 }
  - { id: stack, kind: serial, device: ${stack.near}, protocol: relay, shows: [alice], onStop: unknown }
${more}`;
      const { bridge, urls } = await startBridge(ends, text, { push: true });
      const heard = await listen(ends, urls.mqtt!);
      return { plugs, desk, stack, tenant, bridge, heard };
    }

    it('shows presence, what is set by hand and identify, says so on its topics, and ends as configured', async () => {
      const { desk, stack, tenant, heard, bridge } = await world();
      await eventually(() => expect(told(desk.heard())).toBe('#008000'));
      await eventually(() => expect(switched(stack.heard())).toBe('001'));
      await eventually(() => expect(heard.last.get(availability)).toBe('online'));
      expect(heard.json(state)).toMatchObject({ state: 'ON', color: { g: 255 }, brightness: 128 });

      await tenant.setPresence('alice', 'Busy');
      await eventually(() => expect(told(desk.heard())).toBe('#800000'));
      await eventually(() => expect(switched(stack.heard())).toBe('100'));

      const set = (payload: string) => heard.client.publishAsync(topics.light('desk', 'set'), payload);
      await set('{"state":"ON","color":{"r":0,"g":0,"b":255},"brightness":255}');
      await eventually(() => expect(told(desk.heard())).toBe('#0000FF'));
      await eventually(() =>
        expect(heard.json(state)).toMatchObject({
          color: { b: 255 },
          override: { until: expect.any(String) },
        }),
      );
      await set('OFF');
      await eventually(() => expect(told(desk.heard())).toBe('#000000'));
      await set('{"clear":true}');
      await eventually(() => expect(told(desk.heard())).toBe('#800000'));

      await heard.client.publishAsync(topics.light('desk', 'identify'), 'x');
      await eventually(() => expect(String(desk.heard())).toContain('#FFFFFF\n'));
      await eventually(() => expect(heard.json(state)).toMatchObject({ effect: 'identify' }));

      await bridge.stop();
      await eventually(() => expect(told(desk.heard())).toBe('#000000'));
      await eventually(() => expect(heard.last.get(availability)).toBe('offline'));
      expect(heard.json(state)).toMatchObject({ state: 'OFF' });
      // Unknown in three plain colours.
      await eventually(() => expect(switched(stack.heard())).toBe('010'));
    });

    it('is offline while it is unplugged, and has the newest colour within 3 s of its return', async () => {
      const { plugs, desk, tenant, heard } = await world();
      await eventually(() => expect(told(desk.heard())).toBe('#008000'));
      desk.unplug();
      await eventually(() => expect(heard.last.get(availability)).toBe('offline'), 2_000);
      await tenant.setPresence('alice', 'Busy');
      await eventually(() =>
        expect(heard.json(topics.light('desk', 'show'))).toMatchObject({ color: { r: 255 } }),
      );
      const again = await plugIn(ends, plugs, 'desk');
      await eventually(() => expect(told(again.heard())).toBe('#800000'), 3_000);
      await eventually(() => expect(heard.last.get(availability)).toBe('online'));
      expect(heard.json(state)).toMatchObject({ color: { r: 255 } });
    });

    it('is dark in quiet hours, but for what is set by hand', async () => {
      const { desk, stack, heard } = await world("quiet: [{ lights: [desk], dark: '00:00-24:00' }]");
      await eventually(() => expect(switched(stack.heard())).toBe('001'));
      expect(told(desk.heard())).toBe('#000000');
      expect(heard.json(state)).toMatchObject({ state: 'OFF' });
      await heard.client.publishAsync(
        topics.light('desk', 'set'),
        '{"state":"ON","color":{"r":255,"g":0,"b":0}}',
      );
      await eventually(() => expect(told(desk.heard())).toMatch(/^#[0-9A-F]{2}0000$/));
    });
  },
);
