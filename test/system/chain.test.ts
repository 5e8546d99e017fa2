import { createHmac } from 'node:crypto';
import mqtt from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { pretendedStatusb, pretendUsb } from '../../bridge/lights/usb/pretend.ts';
import { systemClock } from '../../protocol/clock.ts';
import { topicsBelow } from '../../protocol/topics.ts';
import { openFitStatusb } from '../../simulator/serial/fit-statusb.ts';
import {
  colorOf,
  consumer,
  type Ends,
  endAll,
  eventually,
  listen,
  people,
  plugInLamp,
  startBridge,
  startTenant,
  temporaryFolder,
} from './kit.ts';

const topics = topicsBelow('doorlight');
const ends: Ends = [];
afterEach(() => endAll(ends));

const lights = `lights:
  - { id: door-alice, kind: espruino, shows: [alice] }
  - { id: door-bob, kind: espruino, shows: [bob] }`;
const mqttSection = `mqtt: { ${consumer} }`;
const fast = 'source: { pollSeconds: 1, reconcileSeconds: 1, staleAfterSeconds: 3 }';

async function chain(push: boolean, source = '') {
  const tenant = await startTenant(ends);
  await tenant.setPresence('alice', 'Available');
  const text = [tenant.microsoft, people, lights, mqttSection, source].join('\n');
  const { bridge, urls, keys, folder, lines } = await startBridge(ends, text, { push });
  const alice = plugInLamp(ends, 'door-alice', keys.get('door-alice')!, urls.probePort!);
  const heard = await listen(ends, urls.mqtt!);
  await eventually(() => expect(colorOf(alice.pixels())).toBe('green'));
  return { tenant, bridge, urls, keys, folder, lines, alice, heard, text };
}

describe('one presence change, all the way', () => {
  it('crosses push, board, show and firmware to the pixels', async () => {
    const { tenant, alice, heard } = await chain(true);
    await eventually(() => expect(heard.json(topics.bridgeHealth)['source']).toBe('push'));
    await tenant.setPresence('alice', 'InACall');
    await eventually(() => expect(colorOf(alice.pixels())).toBe('red'));
    expect(heard.json(topics.presence('alice'))).toMatchObject({
      status: 'call',
      availability: 'Busy',
      activity: 'InACall',
      outOfOffice: false,
      fresh: true,
      source: 'push',
      name: 'Alice Ng',
      override: null,
    });
    expect(heard.last.get(topics.presenceStatus('alice'))).toBe('call');
    expect(heard.json(topics.light('door-alice', 'show'))).toEqual({
      state: 'ON',
      color_mode: 'rgb',
      color: { r: 255, g: 0, b: 0 },
      brightness: 255,
      effect: 'pulse',
    });
    await eventually(() =>
      expect(heard.json(topics.light('door-alice', 'state'))).toMatchObject({ effect: 'pulse' }),
    );
  });

  it('crosses the same way by polling, when Graph cannot reach us', async () => {
    const { tenant, alice, heard } = await chain(false, fast);
    expect(heard.json(topics.bridgeHealth)).toMatchObject({ source: 'poll', subscription: null });
    await tenant.setPresence('alice', 'Away');
    await eventually(() => expect(colorOf(alice.pixels())).toBe('yellow'));
    expect(heard.json(topics.presence('alice'))).toMatchObject({ status: 'away', source: 'poll' });
  });

  it('uses the single form of a subscription for one person, the filtered one for more', async () => {
    for (const [list, expected] of [
      [people.split('\n').slice(0, 2).join('\n'), /^\/?communications\/presences\/[0-9a-f-]{36}$/],
      [people, /\?\$filter=id in \('[0-9a-f-]{36}','[0-9a-f-]{36}'\)$/],
    ] as const) {
      const tenant = await startTenant(ends);
      const { bridge } = await startBridge(ends, [tenant.microsoft, list].join('\n'), { push: true });
      await eventually(() => expect(bridge.view.health().source).toBe('push'));
      const [subscription] = (await tenant.control('GET', '/subscriptions')) as { resource: string }[];
      expect(subscription?.resource).toMatch(expected);
    }
  });

  it('drives a USB light beside the lamps, and sets it dark at the end', async () => {
    const tenant = await startTenant(ends);
    await tenant.setPresence('alice', 'Available');
    let color = '';
    const text = `${tenant.microsoft}\n${people}\nlights: [{ id: desk, kind: serial, device: /dev/x, shows: [alice] }]`;
    const { bridge } = await startBridge(ends, text, {
      usb: pretendUsb(pretendedStatusb, () =>
        openFitStatusb(systemClock, (pixels) => {
          color = Buffer.from(pixels).toString('hex');
        }),
      ),
    });
    await eventually(() => expect(color).toBe('00ff00'));
    await bridge.stop();
    expect(color).toBe('000000');
  });
});

describe('a light never lies', () => {
  it('shows unknown within staleAfterSeconds when Graph is gone, and the right colour when it is back', async () => {
    const { tenant, alice, heard } = await chain(true, fast);
    await tenant.control('POST', '/faults', { fault: 'status', status: 503 });
    await eventually(() => expect(colorOf(alice.pixels())).toBe('blue'));
    expect(heard.json(topics.presence('alice'))).toMatchObject({
      status: 'unknown',
      fresh: false,
      availability: null,
      activity: null,
      source: 'none',
    });
    await eventually(() => expect(heard.json(topics.bridgeHealth)['source']).toBe('none'));
    await tenant.control('DELETE', '/faults');
    await eventually(() => expect(colorOf(alice.pixels())).toBe('green'));
  });

  it.each(['hang', 'reset', 'html'])('and when Graph only %ss', async (fault) => {
    const { tenant, alice } = await chain(false, fast);
    await tenant.control('POST', '/faults', { fault, on: 'presence' });
    await eventually(() => expect(colorOf(alice.pixels())).toBe('blue'));
    await tenant.control('DELETE', '/faults');
    await eventually(() => expect(colorOf(alice.pixels())).toBe('green'));
  });

  it('takes nothing from forged notifications', async () => {
    const { tenant, heard, lines } = await chain(true);
    await eventually(() => expect(heard.json(topics.bridgeHealth)['source']).toBe('push'));
    for (const part of ['clientState', 'signature', 'validationToken', 'audience']) {
      await tenant.control('POST', '/faults', { fault: 'forged', part, times: 1 });
      const refusedBefore = lines.filter((line) => line.includes('notification was refused')).length;
      await tenant.setPresence('alice', 'InACall');
      await eventually(() => {
        const refused = lines.filter((line) => line.includes('notification was refused')).length;
        expect(refused).toBe(refusedBefore + 1);
      });
      await tenant.setPresence('alice', 'Available');
      await eventually(() => expect(heard.last.get(topics.presenceStatus('alice'))).toBe('available'));
    }
    const told = heard.all
      .filter(({ topic }) => topic === topics.presenceStatus('alice'))
      .map(({ payload }) => payload);
    expect(new Set(told)).toEqual(new Set(['unknown', 'available', 'call']));
  });

  it.each([
    ['poll', false],
    ['push', true],
  ])('tells all before it is gone (%s), and a restart restates what is young', async (source, push) => {
    const { bridge, heard, alice, folder, text } = await chain(push);
    await eventually(() => expect(heard.json(topics.bridgeHealth)['source']).toBe(source));
    await bridge.stop();
    await eventually(() => expect(heard.last.get(topics.bridgeState)).toBe('offline'));
    const byBridge = heard.all.filter(
      ({ topic }) => !/\/(state|availability)$/.test(topic) || topic === topics.bridgeState,
    );
    expect(byBridge.at(-1)?.topic).toBe(topics.bridgeState);
    expect(heard.json(topics.presence('alice'))).toMatchObject({ status: 'unknown', fresh: false });
    expect(heard.json(topics.light('door-alice', 'show'))).toMatchObject({ effect: 'breathe' });
    await eventually(() => expect(colorOf(alice.pixels())).toBe('blue'));

    // No sign-in and no Graph at all this time: what is shown can only be what was kept.
    const offline = text.replace(/https:\/\/localhost:\d+/g, 'https://localhost:9');
    const again = await startBridge(ends, offline, { folder });
    expect(again.bridge.view.person('alice')).toMatchObject({ status: 'available', fresh: true });
  });

  it('keeps everything unknown in set-up mode', async () => {
    const { bridge, urls } = await startBridge(ends, [people, lights, mqttSection].join('\n'));
    const heard = await listen(ends, urls.mqtt!);
    await eventually(() =>
      expect(heard.json(topics.light('door-alice', 'show'))).toMatchObject({ effect: 'breathe' }),
    );
    expect(bridge.view.missing()).toEqual(['set-up']);
    const answer = await fetch(`${urls.web}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('set-up');
    expect((await fetch(`${urls.web}/healthz`)).status).toBe(200);
  });
});

describe('the topics', () => {
  it('are retained and told once; alive is not retained', async () => {
    const { heard, urls } = await chain(false);
    const late = await listen(ends, urls.mqtt!);
    await eventually(() => expect(late.last.get(topics.bridgeState)).toBe('online'));
    await eventually(() => expect(late.last.has(topics.light('door-alice', 'availability'))).toBe(true));
    expect(late.all.every(({ retain }) => retain)).toBe(true);
    expect(late.last.has(topics.bridgeAlive)).toBe(false);
    const texts = heard.all
      .filter(({ topic }) => topic === topics.presence('alice'))
      .map(({ payload }) => payload);
    expect(new Set(texts).size).toBe(texts.length);
    for (const { payload } of heard.all) expect(payload).not.toMatch(/@contoso/);
  });

  it('keep the sharing level of a person on every surface', async () => {
    const tenant = await startTenant(ends);
    await tenant.setPresence('alice', 'InACall');
    const shy = people.replace('name: Alice Ng', 'name: Alice Ng, share: busy-free');
    const { bridge, urls } = await startBridge(ends, [tenant.microsoft, shy, lights, mqttSection].join('\n'));
    const heard = await listen(ends, urls.mqtt!);
    await eventually(() => expect(heard.last.get(topics.presenceStatus('alice'))).toBe('busy'));
    const payload = heard.json(topics.presence('alice'));
    expect(Object.keys(payload)).not.toContain('activity');
    expect(payload['status']).toBe('busy');
    expect(heard.json(topics.light('door-alice', 'show'))).toMatchObject({ effect: 'solid' });
    expect(bridge.view.person('alice')).not.toHaveProperty('availability');
  });
});

describe("a lamp's account", () => {
  it('opens for the one-time password of a probe, for this lamp alone, and once', async () => {
    const { urls, keys } = await startBridge(ends, [people, lights, mqttSection].join('\n'));
    const key = keys.get('door-bob')!;
    const hmac = (text: string) => createHmac('sha256', key).update(text).digest('hex');
    const nonceL = '0123456789abcdef0123456789abcdef';
    const answer = await probe(urls.probePort!, `DL1 door-bob ${nonceL}`);
    const [, host, port, nonceB, proof] = answer.split(' ');
    expect(proof).toBe(hmac(`bridge|door-bob|${nonceL}|${nonceB}|${host}|${port}`));
    const login = {
      username: 'door-bob',
      password: hmac(`lamp|door-bob|${nonceL}|${nonceB}`),
      reconnectPeriod: 0,
    };
    const url = `mqtt://127.0.0.1:${port}`;
    await expect(mqtt.connectAsync(url, { ...login, clientId: 'another' })).rejects.toThrow();
    const lamp = await mqtt.connectAsync(url, { ...login, clientId: 'doorlight-door-bob' });
    ends.push(() => lamp.endAsync(true));
    await lamp.subscribeAsync(topics.light('door-bob', 'show'));
    await expect(mqtt.connectAsync(url, { ...login, clientId: 'doorlight-door-bob' })).rejects.toThrow();
  });
});

describe('a data directory', () => {
  it('holds secrets that nobody else can read', async () => {
    const { statSync, readdirSync } = await import('node:fs');
    const { join } = await import('node:path');
    const tenant = await startTenant(ends);
    const folder = join(temporaryFolder(ends), 'data');
    const text = [tenant.microsoft, people, lights, mqttSection].join('\n');
    const { bridge } = await startBridge(ends, text, { folder });
    await eventually(() => expect(bridge.view.missing()).toEqual([]));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const files = readdirSync(folder);
    expect(files).toContain('microsoft-tokens.json');
    for (const file of files) expect(statSync(join(folder, file)).mode & 0o077, file).toBe(0);
  });
});

async function probe(port: number, text: string): Promise<string> {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  ends.push(() => socket.close());
  return await new Promise((resolve) => {
    socket.once('message', (message) => resolve(message.toString()));
    socket.send(text, port, '127.0.0.1');
  });
}
