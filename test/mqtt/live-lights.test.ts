/** Lights that come, go and move while the bridge runs, on a broker that remembers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  consumer,
  type Ends,
  endAll,
  eventually,
  listen,
  plugInLamp,
  startBridge,
  startBroker,
  temporaryFolder,
} from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const people = 'people: [{ id: alice, user: alice@contoso.com }]';
const textOf = (mqtt: string, ...lights: string[]) =>
  `${people}\nlights: [${lights.map((light) => `{ ${light}, shows: [alice] }`).join(', ')}]\nmqtt: { ${mqtt} }`;

/** A bridge on a file that is edited. */
async function startOn(text: string) {
  const file = join(temporaryFolder(ends), 'doorlight.yaml');
  const started = await startBridge(ends, text, { file });
  return { ...started, edit: (next: string) => writeFileSync(file, next) };
}

const red = '{"state":"ON","color":{"r":255,"g":0,"b":0}}';

describe.each(['broker', 'mirror'] as const)('on a %s of the user', (as) => {
  async function setUp(...lights: string[]) {
    const { url, aedes } = await startBroker(ends);
    const mqtt = as === 'broker' ? `broker: '${url}'` : `mirror: { url: '${url}' }`;
    const strip = (id: string, topic: string) =>
      `id: ${id}, kind: wled, topic: ${topic}, via: ${as === 'broker' ? 'main' : 'mirror'}`;
    const started = await startOn(textOf(mqtt, ...lights));
    const heard = await listen(ends, url, '#');
    await eventually(() => expect(heard.last.get('doorlight/bridge/state')).toBe('online'));
    const edit = (...next: string[]) => started.edit(textOf(mqtt, ...next));
    /** What the broker remembers. */
    const remembered = async () => {
      const left = new Map<string, string>();
      const { persistence } = aedes as unknown as {
        persistence: {
          createRetainedStreamCombi(filters: string[]): AsyncIterable<{ topic: string; payload: Buffer }>;
        };
      };
      for await (const { topic, payload } of persistence.createRetainedStreamCombi(['#']))
        left.set(topic, payload.toString());
      return left;
    };
    return { ...started, ...heard, aedes, strip, edit, remembered };
  }

  it('a lamp that is added is heard, and one that moves is told at once, where it is now', async () => {
    const { client, last, all, strip, edit } = await setUp();
    await client.publishAsync('wled/a/status', 'online', { qos: 1, retain: true });
    edit(strip('strip', 'wled/a'));
    await eventually(() => expect(last.get('doorlight/lights/strip/availability')).toBe('online'));
    expect(JSON.parse(last.get('wled/a/api')!)).toMatchObject({ on: true });

    edit(strip('strip', 'wled/b'));
    await eventually(() => expect(JSON.parse(last.get('wled/b/api') ?? '{}')).toMatchObject({ on: true }));
    expect(last.get('doorlight/lights/strip/availability')).toBe('offline');
    all.splice(0);
    await client.publishAsync('wled/a/status', 'offline', { qos: 1 });
    await client.publishAsync('wled/a/status', 'online', { qos: 1 });
    await client.publishAsync('wled/b/status', 'online', { qos: 1 });
    await eventually(() => expect(last.get('doorlight/lights/strip/availability')).toBe('online'));
    expect(all.filter(({ topic }) => topic === 'wled/a/api')).toEqual([]);
  });

  it('nothing is left of a lamp that is removed, whatever it says after that', async () => {
    const { client, strip, edit, remembered, last } = await setUp('id: door, kind: espruino');
    edit('id: door, kind: espruino', strip('strip', 'wled/a'));
    await eventually(() => expect(last.has('doorlight/lights/strip/state')).toBe(true));
    edit('id: door, kind: espruino');
    await eventually(() => expect(last.get('homeassistant/device/doorlight_light_strip/config')).toBe(''));
    await client.publishAsync('wled/a/status', 'online', { qos: 1 });
    // Until an answer that must come after it.
    await eventually(async () => {
      await client.publishAsync('doorlight/bridge/request/health', '{}', { qos: 1 });
      expect(last.has('doorlight/bridge/response/health')).toBe(true);
    });
    const left = [...(await remembered()).keys()];
    expect(left).toContain('doorlight/lights/door/show');
    expect(left.filter((topic) => /strip/.test(topic))).toEqual([]);
  });

  it('nothing is said again of a lamp of ours that is removed, at the next connection', async () => {
    const { edit, last, lines, aedes, remembered } = await setUp('id: door, kind: espruino');
    edit();
    await eventually(() => expect(last.get('homeassistant/device/doorlight_light_door/config')).toBe(''));
    const clients = (aedes as unknown as { clients: Record<string, { close(): void }> }).clients;
    for (const client of Object.values(clients)) client.close();
    await eventually(() => expect(lines.join('\n')).toMatch(/MQTT broker at .* is back/));
    await eventually(async () => expect((await remembered()).get('doorlight/bridge/state')).toBe('online'));
    expect([...(await remembered()).keys()].filter((topic) => /door$|door\//.test(topic))).toEqual([]);
  });

  it('is told that the bridge is online again when an old last will says otherwise', async () => {
    const { client, all, remembered } = await setUp();
    await client.publishAsync('doorlight/bridge/state', 'offline', { qos: 1, retain: true });
    const said = () =>
      all.filter(({ topic }) => topic === 'doorlight/bridge/state').map(({ payload }) => payload);
    await eventually(() => expect(said().slice(-2)).toEqual(['offline', 'online']));
    expect((await remembered()).get('doorlight/bridge/state')).toBe('online');
  });

  it('hears that the bridge is online only after everything else', async () => {
    const { all } = await setUp('id: door, kind: espruino');
    const topics = all.map(({ topic }) => topic);
    const at = topics.indexOf('doorlight/bridge/state');
    for (const topic of ['presence/alice', 'presence/alice/status', 'lights/door/show'])
      expect(topics.slice(0, at)).toContain(`doorlight/${topic}`);
  });

  it('may send a topic as long as there can be one: it costs a line, and no time', async () => {
    const { client, last, lines } = await setUp('id: door, kind: espruino');
    const topic = `doorlight/lights/${'x'.repeat(65_000)}/set`;
    await eventually(async () => {
      await client.publishAsync(topic, red, { qos: 1 });
      expect(lines.join('\n')).toContain('its topic is too long');
    });
    await client.publishAsync('doorlight/bridge/request/health', '{}', { qos: 1 });
    await eventually(() => expect(last.has('doorlight/bridge/response/health')).toBe(true));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1_000);
  });
});

describe('on the embedded broker', () => {
  it('nothing is left of a lamp of ours that is removed, not even its last will', async () => {
    const [door, desk] = ['id: door, kind: espruino', 'id: desk, kind: espruino'];
    const { urls, keys, edit } = await startOn(textOf(consumer, door!, desk!));
    const { last } = await listen(ends, urls.mqtt!);
    plugInLamp(ends, 'door', keys.get('door')!, urls.probePort!);
    await eventually(() => expect(last.get('doorlight/lights/door/availability')).toBe('online'), 20_000);
    edit(textOf(consumer, desk!));
    await eventually(() => expect(last.get('doorlight/lights/door/state')).toBe(''));
    const { client, last: later } = await listen(ends, urls.mqtt!);
    await client.publishAsync('doorlight/x', 'end', { qos: 1 });
    await eventually(() => expect(later.has('doorlight/x')).toBe(true));
    expect([...later.keys()].filter((topic) => topic.startsWith('doorlight/lights/door/'))).toEqual([]);
  });
});
