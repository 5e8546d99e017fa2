import { afterEach, expect, it } from 'vitest';
import { sleep, systemClock } from '../../protocol/clock.ts';
import { consumer, type Ends, endAll, eventually, listen, plugInLamp } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const text = `
people: [{ id: alice, user: alice@contoso.com }, { id: bob, user: bob@contoso.com }]
lights:
  - { id: door, kind: espruino, shows: [alice], button: { pin: 0 }, onPress: { short: dnd, long: clear, for: PT25M } }
  - { id: both, kind: espruino, shows: [alice, bob], button: { pin: 0 }, onPress: { short: busy } }
  - { id: plain, kind: espruino, shows: [bob], button: { pin: 0 } }
mqtt: { ${consumer} }
`;

it("a lamp's button sets whom the lamp shows, with an end, and ends it", async () => {
  const { bridge, urls, keys, change } = await startWeb(ends, text);
  const { all } = await listen(ends, urls.mqtt!);
  const status = () => bridge.view.person('alice');
  const plugIn = async (id: string) => {
    const button = { button: { pin: 0, active: 'low' } };
    const { lamp } = plugInLamp(ends, id, keys.get(id)!, urls.probePort!, button);
    await eventually(() => expect(bridge.view.light(id)?.online).toBe(true));
    /** Held for so long; resolves with what the lamp says of it. */
    return async (ms: number) => {
      const before = all.length;
      lamp.setButton('D0', true);
      await sleep(systemClock, ms);
      lamp.setButton('D0', false);
      const said = () => all.slice(before).find(({ topic }) => topic === `doorlight/lights/${id}/button`);
      await eventually(() => expect(said()).toBeDefined());
      return said()!.payload;
    };
  };
  const push = await plugIn('door');
  expect(await push(100)).toBe('{"press":"short"}');
  await eventually(() => expect(status()).toMatchObject({ status: 'dnd', source: 'override' }));
  const { until } = status().override!;
  expect(Date.parse(until) - Date.now()).toBeLessThanOrEqual(25 * 60_000);
  expect(Date.parse(until) - Date.now()).toBeGreaterThan(20 * 60_000);
  await push(100);
  await eventually(() => expect(status().override).toBeNull());
  // Another press than before is in force at once, and the lamp stays where it is.
  expect((await change([{ path: 'lights/door/onPress/short', value: 'available' }])).status).toBe(200);
  await push(100);
  await eventually(() => expect(status().status).toBe('available'));
  expect(await push(2_000)).toBe('{"press":"long"}');
  await eventually(() => expect(status().override).toBeNull());
  expect(bridge.view.light('door')?.online).toBe(true);
  expect((await change([{ path: 'lights/door/onPress/short', value: 'sleeping' }])).status).toBe(400);
  // Nobody can say whom a button of two people means; and a lamp without onPress only tells.
  for (const id of ['both', 'plain']) await (await plugIn(id))(100);
  const { data } = await new Promise<{ data: unknown }>((resolve) => {
    const stop = bridge.view.onEvent((event) => {
      if (event.event === 'presence' && event.data.id === 'bob') {
        stop();
        resolve({ data: event.data });
      }
    });
    bridge.view.setPerson('bob', { status: 'away', for: 'PT1M' });
  });
  expect(data).toMatchObject({ status: 'away' });
  expect(status().override).toBeNull();
}, 40_000);
