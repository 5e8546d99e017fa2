import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { lampFirmware, version } from '../../bridge/assets.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { ConfigChange, FlashJob, Rollout } from '../../protocol/updates.ts';
import { createLampHost } from '../../simulator/lamp/host.ts';
import { createFakeBoard } from '../provision/fake-board.ts';
import { startPtyBoard, whyNoPty } from '../provision/pty-board.ts';
import { consumer, type Ends, endAll, eventually, listen, startBridge, temporaryFolder } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const old = '0.0.1';

/** A bridge without a log-in and its API; a lamp per id, as `light flash` leaves it, with an older app. */
async function start(ids: readonly string[], options: Parameters<typeof startBridge>[2] = {}) {
  const lights = ids.map((id) => `  - { id: ${id}, kind: espruino, leds: { count: 1 } }`).join('\n');
  const text = `mqtt: { ${consumer} }\nlights:\n${lights}`;
  const started = await startBridge(ends, text, { push: true, ...options });
  const api = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${started.urls.web}${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    const said = answer.status === 204 ? undefined : ((await answer.json()) as unknown);
    return { status: answer.status, body: said };
  };
  return { ...started, api, text };
}

function plugIn(id: string, key: string, probePort: number) {
  const { app, loader, setup } = lampFirmware();
  const lamp = createLampHost({
    firmware: app.replaceAll(`"${version}"`, `"${old}"`),
    loader,
    setup,
    board: 'ESP32',
    settings: { v: 1, id, key, bridge: '127.0.0.1', probePort, networks: [], leds: { order: 'grb' } },
    clock: systemClock,
    random: Math.random,
  });
  lamp.start();
  ends.push(lamp.stop);
  return lamp;
}

describe('lamps of a running bridge', () => {
  it('are updated over the air by one request, and say so themselves', async () => {
    const ids = ['door-1', 'door-2', 'door-3'];
    const { api, urls, keys, bridge } = await start(ids);
    const { json } = await listen(ends, urls.mqtt!);
    for (const id of ids) plugIn(id, keys.get(id)!, urls.probePort!);
    await eventually(() => expect(bridge.view.lights().every(({ online }) => online)).toBe(true), 20_000);
    for (const id of ids)
      await eventually(() => expect(json(`doorlight/lights/${id}/state`)?.['fw']).toBe(old));
    const begun = await api('POST', '/api/updates', {});
    expect(begun.status).toBe(202);
    expect((await api('POST', '/api/lights/door-1/update', {})).status).toBe(409);
    const rollout = async () => ((await api('GET', '/api/updates')).body as { update: Rollout }).update;
    await expect
      .poll(async () => (await rollout()).state, { timeout: 60_000, interval: 200 })
      .not.toBe('running');
    expect(await rollout()).toMatchObject({
      state: 'done',
      lamps: ids.map((light) => ({ light, state: 'done', from: old, error: null })),
    });
    for (const id of ids)
      expect(json(`doorlight/lights/${id}/state`)).toMatchObject({ fw: version, slot: 'b' });
  });

  it('take new settings without a cable', async () => {
    const { api, urls, keys, bridge } = await start(['door-1']);
    const { client, json, last } = await listen(ends, urls.mqtt!);
    plugIn('door-1', keys.get('door-1')!, urls.probePort!);
    await eventually(() => expect(bridge.view.lights()[0]!.online).toBe(true), 20_000);
    const leds = { type: 'ws2812', pin: 13, count: 3, order: 'rgb', maxMilliamps: 300, gamma: 1 };
    const asked = await api('POST', '/api/lights/door-1/config', { leds });
    expect(asked).toMatchObject({ status: 202, body: { light: 'door-1', state: 'trying' } });
    await expect
      .poll(async () => (await api('GET', '/api/lights/door-1/config')).body, {
        timeout: 60_000,
        interval: 200,
      })
      .toMatchObject({ change: { state: 'kept' } satisfies Partial<ConfigChange> });
    const request = { light: 'door-1', config: { bridge: null }, transaction: 7 };
    client.publish('doorlight/bridge/request/config', JSON.stringify(request));
    await eventually(() =>
      expect(json('doorlight/bridge/response/config')).toMatchObject({ status: 'ok', transaction: 7 }),
    );
    expect([...last.values()].join()).not.toContain('maxMilliamps');
  });

  it('are refused what makes no sense, in words', async () => {
    const { api, urls } = await start(['door-1']);
    const { client, json } = await listen(ends, urls.mqtt!);
    expect((await api('POST', '/api/lights/nobody/update', {})).status).toBe(404);
    expect((await api('POST', '/api/updates', { lights: ['nobody'] })).status).toBe(404);
    expect((await api('POST', '/api/lights/nobody/flash', { port: '/dev/null' })).status).toBe(404);
    expect((await api('POST', '/api/lights/door-1/config', {})).status).toBe(400);
    expect((await api('POST', '/api/lights/door-1/config', { key: 'mine' })).status).toBe(400);
    expect((await api('POST', '/api/lights/door-1/config', { leds: { type: 'ws2812' } })).status).toBe(400);
    expect((await api('DELETE', '/api/updates')).status).toBe(409);
    client.publish('doorlight/bridge/request/update', '{"lights":["nobody"]}');
    await eventually(() =>
      expect(json('doorlight/bridge/response/update')).toMatchObject({
        status: 'error',
        error: 'There is no lamp nobody: only lights of kind espruino are updated.',
      }),
    );
  });
});

describe('flashing over the API', () => {
  const finished = async (api: Awaited<ReturnType<typeof start>>['api'], id: string) => {
    const find = async () => (await api('GET', `/api/flashes/${id}`)).body as FlashJob;
    await expect
      .poll(async () => (await find()).state, { timeout: 60_000, interval: 100 })
      .toMatch(/waiting|done|failed/);
    return find();
  };

  it('puts firmware, settings and a new key on the board', async () => {
    const board = createFakeBoard();
    const { api, keys } = await start(['door-1'], { openSerial: board.open });
    expect((await api('GET', '/api/ports')).status).toBe(200);
    const wifi = { ssid: 'Office', password: 'correct horse' };
    const begun = await api('POST', '/api/lights/door-1/flash', { port: '/dev/ttyUSB9', wifi });
    expect(begun.status).toBe(202);
    expect((await api('POST', '/api/lights/door-1/flash', { port: '/dev/ttyUSB9', wifi })).status).toBe(409);
    const job = await finished(api, (begun.body as FlashJob).id);
    expect(job).toMatchObject({ state: 'waiting', board: { board: 'ESP32', version: '2v29' } });
    const settings = JSON.parse(board.text('settings')) as { key: string };
    expect(settings).toMatchObject({
      ...{ v: 1, id: 'door-1', networks: [wifi], baseTopic: 'doorlight' },
      leds: { type: 'ws2812', pin: 13, count: 1, order: 'grb', maxMilliamps: 500 },
      setup: { password: job.setup!.password },
    });
    expect(settings.key).toMatch(/^[0-9a-f]{32}$/);
    expect(settings.key).not.toBe(keys.get('door-1'));
    const firmware = lampFirmware();
    expect(board.text('app.a')).toBe(firmware.app);
    expect(board.text('.bootcde')).toBe(firmware.loader);
    expect(board.text('setup')).toBe(firmware.setup);
    expect(board.text('boot')).toBe('a');
  });

  it('says what is on the port instead, and leaves the key as it was', async () => {
    const board = createFakeBoard({ version: '2v10' });
    const { api } = await start(['door-1'], { openSerial: board.open });
    const begun = await api('POST', '/api/lights/door-1/flash', { port: '/dev/ttyUSB9' });
    const job = await finished(api, (begun.body as FlashJob).id);
    expect(job.error).toMatchObject({ code: 'espruino' });
    expect(job.error!.message).toMatch(/2v10, which is too old/);
    expect(board.files.size).toBe(0);
  });
});

describe.skipIf(whyNoPty())(`light flash on the real interpreter (${whyNoPty() ?? 'it is here'})`, () => {
  it('makes a lamp that comes online at the bridge', async () => {
    const { urls, folder, text } = await start(['door-1']);
    const board = await startPtyBoard();
    ends.push(board.stop);
    const file = join(temporaryFolder(ends), 'doorlight.yaml');
    const listener = `listen: { probePort: ${urls.probePort} }`;
    const leds = 'leds: { type: onboard }';
    writeFileSync(file, text.replace('mqtt: {', `mqtt: { ${listener},`).replace('leds: { count: 1 }', leds));
    const run = promisify(execFile);
    const command = ['dist/bridge/main.js', 'light', 'flash', 'door-1', '--port', board.path, '--force'];
    const flags = ['--bridge', '127.0.0.1', '--config', file, '--data', folder, '--json'];
    const { stdout } = await run('node', [...command, ...flags], { timeout: 80_000 });
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'door-1',
      board: { board: 'LINUX' },
      setup: { ssid: 'Doorlight-door-1' },
      online: true,
    });
  });
});
