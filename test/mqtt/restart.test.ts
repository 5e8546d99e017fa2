import { afterEach, describe, expect, it } from 'vitest';
import {
  consumer,
  type Ends,
  endAll,
  eventually,
  listen,
  people,
  startBridge,
  startBroker,
  startTenant,
  temporaryFolder,
} from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const red = { state: 'ON', color: { r: 255, g: 0, b: 0 }, effect: 'solid' };
const lights = `lights:
  - { id: door, kind: espruino, shows: [alice] }
  - { id: desk, kind: espruino, shows: [bob] }`;

describe('a restart', () => {
  it('states everything again within 2 s, without Graph and without another look before', async () => {
    const { url } = await startBroker(ends);
    const tenant = await startTenant(ends);
    await tenant.setPresence('alice@contoso.com', 'Busy');
    const folder = temporaryFolder(ends);
    const text = `${tenant.microsoft}\n${people}\n${lights}\nmqtt: { broker: '${url}' }`;
    const first = await startBridge(ends, text, { folder });
    const { client, all, last, json } = await listen(ends, url);
    await eventually(() => expect(json('doorlight/lights/door/show')).toMatchObject(red));
    // By hand, too: what was set stands after the restart.
    await client.publishAsync('doorlight/presence/bob/set', '{"status":"dnd"}', { qos: 1 });
    await eventually(() => expect(json('doorlight/presence/bob')).toMatchObject({ status: 'dnd' }));
    await first.bridge.stop();
    await eventually(() => expect(last.get('doorlight/bridge/state')).toBe('offline'));
    expect(json('doorlight/lights/door/show')).toMatchObject({ effect: 'breathe' });

    await tenant.graph.stop();
    all.splice(0);
    await startBridge(ends, text, { folder });
    const started = performance.now();
    await eventually(() => {
      for (const topic of ['door', 'desk'].map((id) => `doorlight/lights/${id}/show`))
        expect(all.some((message) => message.topic === topic)).toBe(true);
      expect(last.get('doorlight/bridge/state')).toBe('online');
    });
    expect(performance.now() - started).toBeLessThan(2_000);
    // Until an answer that must come after all that was stated.
    await eventually(async () => {
      await client.publishAsync('doorlight/bridge/request/health', '{}', { qos: 1 });
      expect(last.has('doorlight/bridge/response/health')).toBe(true);
    });
    const said = (topic: string) =>
      all.filter((message) => message.topic === topic).map(({ payload }) => payload);
    expect(said('doorlight/presence/alice/status')).toEqual(['busy']);
    expect(said('doorlight/presence/bob/status')).toEqual(['dnd']);
    expect(new Set(said('doorlight/lights/door/show')).size).toBe(1);
    expect(json('doorlight/lights/door/show')).toMatchObject(red);
    expect(json('doorlight/presence/bob')).toMatchObject({ source: 'override' });
  });
});

describe('a start on a broker that remembers', () => {
  it('is online only once everything is said anew', async () => {
    const { url } = await startBroker(ends);
    const { client, all, last } = await listen(ends, url);
    const old = 'doorlight/presence/alice/status';
    await client.publishAsync(old, 'available', { qos: 1, retain: true });
    await startBridge(ends, `${people}\n${lights}\nmqtt: { broker: '${url}' }`);
    await eventually(() => expect(last.get('doorlight/bridge/state')).toBe('online'));
    expect(last.get(old)).toBe('unknown');
    for (const id of ['door', 'desk']) expect(last.has(`doorlight/lights/${id}/show`)).toBe(true);
    expect(all.filter(({ topic }) => topic === 'doorlight/bridge/state')).toHaveLength(1);
  });
});

describe('a clean stop', () => {
  it('leaves every retained show unknown, also one that quiet hours or a hand made dark', async () => {
    const { url } = await startBroker(ends);
    const quiet = `quiet: [{ lights: [door], zone: UTC, days: [mon-sun], dark: '00:00-24:00' }]`;
    const text = `${people}\n${lights}\n${quiet}\nmqtt: { broker: '${url}' }`;
    const { bridge } = await startBridge(ends, text);
    const { client, all, last, json } = await listen(ends, url);
    await eventually(() => expect(json('doorlight/lights/door/show')).toEqual({ state: 'OFF' }));
    // Shows are said before commands are heard.
    await eventually(async () => {
      await client.publishAsync('doorlight/lights/desk/set', 'OFF', { qos: 1 });
      expect(json('doorlight/lights/desk/show')).toMatchObject({ state: 'OFF' });
    });
    await bridge.stop();
    await eventually(() => expect(last.get('doorlight/bridge/state')).toBe('offline'));
    for (const id of ['door', 'desk'])
      expect(json(`doorlight/lights/${id}/show`)).toMatchObject({ state: 'ON', effect: 'breathe' });
    expect(all.at(-1)?.topic).toBe('doorlight/bridge/state');
  });
});

describe("Home Assistant's birth message", () => {
  it('is answered with discovery and every state, after a moment', async () => {
    const { urls } = await startBridge(ends, `${people}\n${lights}\nmqtt: { ${consumer} }`);
    const { client, all, last } = await listen(ends, urls.mqtt!, '#');
    await eventually(() => expect(last.has('doorlight/lights/desk/show')).toBe(true));
    const before = new Set(all.filter(({ retain }) => retain).map(({ topic }) => topic));
    all.splice(0);
    await client.publishAsync('homeassistant/status', 'online', { qos: 1 });
    await eventually(() => {
      const again = all.map(({ topic }) => topic);
      for (const topic of before) if (!topic.endsWith('/availability')) expect(again).toContain(topic);
    }, 15_000);
    expect(before).toContain('homeassistant/device/doorlight_light_door/config');
  });
});
