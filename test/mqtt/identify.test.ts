import { afterEach, expect, it } from 'vitest';
import { consumer, type Ends, endAll, eventually, listen, startBridge, startBroker } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const lights = 'lights: [{ id: door, kind: espruino }, { id: strip, kind: wled, topic: wled/0a }]';
const identify = 'doorlight/lights/door/identify';

/** What is said on the topic until the bridge has answered twice: an echo of an echo would be in between. */
async function saidAfter(listening: Awaited<ReturnType<typeof listen>>, topic: string): Promise<number> {
  const { client, all } = listening;
  const answers = () => all.filter((message) => message.topic === 'doorlight/bridge/response/health').length;
  for (let asked = 0; asked < 2; asked++) {
    const before = answers();
    await eventually(async () => {
      await client.publishAsync('doorlight/bridge/request/health', '{}', { qos: 1 });
      expect(answers()).toBeGreaterThan(before);
    });
  }
  return all.filter((message) => message.topic === topic).length;
}

it("reaches a lamp once on a user's broker of MQTT 3.1.1, and does not go round", async () => {
  const { url } = await startBroker(ends);
  const { bridge } = await startBridge(ends, `${lights}\nmqtt: { broker: '${url}' }`);
  const listening = await listen(ends, url, '#');
  expect(await saidAfter(listening, identify)).toBe(0);
  await listening.client.publishAsync(identify, '{}', { qos: 1 });
  expect(await saidAfter(listening, identify)).toBe(1);
  bridge.view.identify('door');
  expect(await saidAfter(listening, identify)).toBe(2);
  // Another maker's lamp knows no such topic: the bridge does it.
  listening.all.splice(0);
  await listening.client.publishAsync('doorlight/lights/strip/identify', '{}', { qos: 1 });
  await eventually(() => expect(listening.last.get('wled/0a/api')).toContain('"bri":255'));
});

it('reaches a lamp on its island once when it comes by the mirror', async () => {
  const { url } = await startBroker(ends);
  const { urls } = await startBridge(ends, `${lights}\nmqtt: { mirror: { url: '${url}' }, ${consumer} }`);
  const island = await listen(ends, urls.mqtt!);
  const mirror = await listen(ends, url, '#');
  expect(await saidAfter(mirror, identify)).toBe(0);
  await mirror.client.publishAsync(identify, '{}', { qos: 1 });
  await eventually(() => expect(island.last.has(identify)).toBe(true));
  expect(await saidAfter(mirror, identify)).toBe(1);
  expect(await saidAfter(island, identify)).toBe(1);
});
