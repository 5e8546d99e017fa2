import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { afterEach, describe, expect, it } from 'vitest';
import { type Topic, topics } from '../../bridge/control/payloads.ts';
import { topicReference } from '../../bridge/control/topic-reference.ts';
import {
  consumer,
  type Ends,
  endAll,
  eventually,
  listen,
  people,
  plugInLamp,
  startBridge,
  startTenant,
} from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
const faults = (payload: TSchema, text: string) => [...Value.Errors(payload, parsed(text))];

function find(topic: string): Topic | undefined {
  const path = topic.slice('doorlight/'.length);
  const exact = topics.find((one) => one.topic === path);
  return (
    exact ??
    topics.find((one) =>
      new RegExp(`^${one.topic.replace(/<what>$/, '.+').replace(/<\w+>/, '[^/]+')}$`).test(path),
    )
  );
}

describe('the topic reference', () => {
  it('is what the schemas say: npm run topics writes it', () => {
    const file = join(import.meta.dirname, '../../docs/topics.md');
    expect(readFileSync(file, 'utf8')).toBe(topicReference());
  });

  it.each(topics)('has an example of $topic that is one', ({ payload, example }) => {
    expect(faults(payload, example)).toEqual([]);
  });

  it('tells of every topic of a running bridge, and of everything that is said on it', async () => {
    const tenant = await startTenant(ends);
    const { urls, keys } = await startBridge(
      ends,
      `${tenant.microsoft}\n${people}\nlights: [{ id: door, kind: espruino, shows: [alice] }]\nmqtt: { ${consumer} }`,
    );
    const { client, all, last, json } = await listen(ends, urls.mqtt!);
    plugInLamp(ends, 'door', keys.get('door')!, urls.probePort!);
    await eventually(() => expect(json('doorlight/lights/door/state')).toMatchObject({ state: 'ON' }));
    await eventually(() => expect(json('doorlight/presence/alice')).toMatchObject({ fresh: true }));
    for (const { topic, example } of topics.filter((one) => /\/(set|identify|<what>)$/.test(one.topic))) {
      if (topic.startsWith('bridge/')) continue;
      const at = topic.replace('<person>', 'alice').replace('<light>', 'door');
      await client.publishAsync(`doorlight/${at}`, example, { qos: 1 });
    }
    const ask = async (what: string, payload: string) => {
      await client.publishAsync(`doorlight/bridge/request/${what}`, payload, { qos: 1 });
      await eventually(() => expect(last.get(`doorlight/bridge/response/${what}`)).toBeDefined());
      return json(`doorlight/bridge/response/${what}`)!;
    };
    const orders = topics.filter(({ topic }) => /^bridge\/request\/\w+$/.test(topic));
    for (const { topic, example } of orders) {
      const answer = await ask(topic.slice('bridge/request/'.length), example.replace('door-204', 'door'));
      expect(answer).toMatchObject({ status: 'ok' });
    }
    const simple = ['health', 'people', 'lights', 'restate', 'updates'];
    for (const what of simple) {
      expect(await ask(what, '{"transaction":7}')).toMatchObject({ status: 'ok' });
    }
    // The bridge names all that it takes: the reference has them, and no other.
    const { error } = await ask('nothing', '{}');
    const known = /expected (.+)\./.exec(String(error))![1]!.split(', ');
    const ordered = orders.map(({ topic }) => topic.slice('bridge/request/'.length));
    expect(known.sort()).toEqual([...simple, ...ordered].sort());
    const { about } = topics.find(({ topic }) => topic === 'bridge/request/<what>')!;
    for (const what of simple) expect(about).toContain(`\`${what}\``);
    await eventually(() => expect(json('doorlight/presence/alice')).toMatchObject({ source: 'override' }));

    const seen = new Set<string>();
    for (const { topic, payload } of all) {
      const known = find(topic);
      expect(known, topic).toBeDefined();
      expect([topic, payload, ...faults(known!.payload, payload)]).toEqual([topic, payload]);
      seen.add(known!.topic);
    }
    expect([...seen]).toEqual(
      expect.arrayContaining(topics.filter((one) => one.retained).map((one) => one.topic)),
    );

    const late = await listen(ends, urls.mqtt!);
    await eventually(() => expect(late.last.has('doorlight/lights/door/state')).toBe(true));
    for (const topic of new Set(late.all.map((one) => one.topic))) {
      // What is said while it listens comes without the flag, and may come first.
      const retained = () => late.all.some((one) => one.topic === topic && one.retain);
      await eventually(() => expect([topic, retained()]).toEqual([topic, find(topic)!.retained]));
    }
  });
});

it('the Node-RED flow in the manual believes a status only while the bridge is online', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/mqtt.md'), 'utf8');
  const flow = /^ {4}(\[\{"id":"dl1".*?\]\]\}\])$/ms.exec(text)![1]!;
  const { func } = (JSON.parse(flow) as { id: string; func: string }[]).find(({ id }) => id === 'dl2')!;
  const kept = new Map<string, unknown>();
  const context = {
    get: (key: string) => kept.get(key),
    set: (key: string, value: unknown) => kept.set(key, value),
  };
  const run = new Function('msg', 'flow', func) as (
    msg: object,
    flow: object,
  ) => { payload: string }[][] | null;
  const sent = (topic: string, payload: string) =>
    run({ topic: `doorlight/${topic}`, payload }, context)?.[0]?.map((message) => message.payload);
  expect(sent('presence/alice/status', 'call')).toEqual(['unknown']);
  expect(sent('bridge/health', '{}')).toBeUndefined();
  expect(sent('bridge/state', 'online')).toEqual(['call']);
  expect(sent('presence/bob/status', 'away')).toEqual(['away']);
  expect(sent('bridge/state', 'offline')).toEqual(['unknown', 'unknown']);
});
