import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { collect } from '../../bridge/kept-files.ts';
import { finishRestore } from '../../bridge/restore.ts';
import { createAppliance } from '../../bridge/rooms/appliance.ts';
import { openStore } from '../../bridge/store.ts';
import { troublesOf } from '../../bridge/troubles.ts';
import { readWishes } from '../../bridge/update/wishes.ts';
import { applianceRoutes } from '../../bridge/web/routes/appliance.ts';
import { createSessions } from '../../bridge/web/sessions.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type Ends, endAll, temporaryFolder } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

async function appliance() {
  const folder = temporaryFolder(ends);
  const store = openStore(folder);
  const clock = createFakeClock();
  const sessions = createSessions(store, clock);
  await sessions.claim(sessions.claimCode, 'a long password', '127.0.0.1');
  const restarts: number[] = [];
  const app = fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
  ends.push(() => app.close());
  const releaseFile = join(folder, 'release.json');
  const configFile = join(folder, 'doorlight.yaml');
  const restart = () => void restarts.push(1);
  const wifiProgram = join(folder, 'wifi');
  const options = { store, clock, configFile, releaseFile, releasesDir: folder, restart, wifiProgram };
  const room = createAppliance(options);
  applianceRoutes(app, room, sessions);
  const call = async (method: 'GET' | 'PUT' | 'POST', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, ...(payload ? { payload } : {}) });
    return { status: answer.statusCode, data: answer.json() };
  };
  return { room, folder, store, clock, restarts, releaseFile, wifiProgram, call };
}

describe('the appliance', () => {
  it('says what is new and what the updater did', async () => {
    const { folder, releaseFile, call } = await appliance();
    expect((await call('GET', '/api/appliance')).data.updates.possible).toBe(false);
    writeFileSync(releaseFile, '{}');
    const available = { version: '9.0.0', changes: ['Lights are lighter.'], supportUntil: '2030-01-01' };
    const last = {
      version: '8.0.0',
      at: '2026-01-01T00:00:00Z',
      outcome: 'rolled-back',
      why: 'it did not start.',
    };
    writeFileSync(join(folder, 'status.json'), JSON.stringify({ available, last }));
    expect((await call('GET', '/api/appliance')).data.updates).toMatchObject({
      possible: true,
      automatic: true,
      available,
      last,
    });
  });

  it('keeps what the user wants of updates, for the updater to read', async () => {
    const { folder, clock, call } = await appliance();
    const body = { automatic: false, putOffUntil: '2027-01-01' };
    expect((await call('PUT', '/api/appliance/updates', body)).data.updates).toMatchObject(body);
    await call('PUT', '/api/appliance/updates', { install: '9.0.0' });
    const askedAt = new Date(clock.now()).toISOString();
    expect(readWishes(folder)).toEqual({ ...body, install: { version: '9.0.0', askedAt } });
  });

  it('lets lamps follow an update that proved itself, unless updates are off or put off', async () => {
    const { room, folder, call } = await appliance();
    expect(room.lampsFollow()).toBe(false);
    const running = { version: room.about().version, changes: [], supportUntil: '2030-01-01' };
    writeFileSync(join(folder, 'status.json'), JSON.stringify({ running }));
    expect(room.lampsFollow()).toBe(true);
    await call('PUT', '/api/appliance/updates', { automatic: false });
    expect(room.lampsFollow()).toBe(false);
    await call('PUT', '/api/appliance/updates', { automatic: true, putOffUntil: '2099-01-01' });
    expect(room.lampsFollow()).toBe(false);
  });

  it.each([{ automatic: 'no' }, { putOffUntil: 'tomorrow' }, { install: '../x' }, { other: 1 }])(
    'refuses %j',
    async (body) => {
      const { call } = await appliance();
      expect((await call('PUT', '/api/appliance/updates', body)).status).toBe(400);
    },
  );

  it('lets the machine join a Wi-Fi, and keeps no more than the key that is derived from its password', async () => {
    const { folder, wifiProgram, call } = await appliance();
    const wifi = { name: 'IEEE', password: 'password', country: 'DE' };
    expect((await call('GET', '/api/appliance')).data.wifi).toBe(false);
    expect((await call('PUT', '/api/appliance/wifi', wifi)).status).toBe(404);
    writeFileSync(wifiProgram, '');
    expect((await call('GET', '/api/appliance')).data.wifi).toBe(true);
    expect((await call('PUT', '/api/appliance/wifi', wifi)).status).toBe(202);
    // The key is that of IEEE 802.11i, annex H.4, for this name and password.
    expect(readFileSync(join(folder, 'wifi-wanted.txt'), 'utf8')).toBe(
      'wifi_name=IEEE\nwifi_password=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e\ncountry=DE\n',
    );
    writeFileSync(join(folder, 'doorlight.yaml'), '');
    expect(Object.keys(collect(join(folder, 'doorlight.yaml'), folder).data)).not.toContain(
      'wifi-wanted.txt',
    );
  });

  it.each([
    { name: '', password: 'long enough' },
    { name: 'two\nlines', password: 'long enough' },
    { name: 'Office', password: 'seven 7' },
    { name: 'Office', password: 'long enough\nwifi_name=Other' },
    { name: 'Office', password: 'long enough', country: 'Germany' },
  ])('refuses the Wi-Fi %j', async (wifi) => {
    const { folder, wifiProgram, call } = await appliance();
    writeFileSync(wifiProgram, '');
    expect((await call('PUT', '/api/appliance/wifi', wifi)).status).toBe(400);
    expect(existsSync(join(folder, 'wifi-wanted.txt'))).toBe(false);
  });

  it('says what the card found wrong with itself, while it is wrong', async () => {
    const { folder, store, clock } = await appliance();
    expect(troublesOf(store, clock, join(folder, 'troubles'))).toEqual([]);
    mkdirSync(join(folder, 'troubles'));
    writeFileSync(join(folder, 'troubles', 'network'), 'No network could be joined.\n');
    expect(troublesOf(store, clock, join(folder, 'troubles'))).toEqual([
      { what: 'network', text: 'No network could be joined.' },
    ]);
  });

  it('erases everything only for who knows the password, by starting anew', async () => {
    const { folder, restarts, call } = await appliance();
    expect((await call('POST', '/api/appliance/reset', { password: 'wrong password' })).status).toBe(403);
    expect(existsSync(join(folder, 'reset-wanted'))).toBe(false);
    expect((await call('POST', '/api/appliance/reset', { password: 'a long password' })).status).toBe(202);
    await new Promise((resolve) => setImmediate(resolve));
    expect(existsSync(join(folder, 'reset-wanted'))).toBe(true);
    expect(restarts).toEqual([1]);
  });

  it('gives a backup, and lays one aside for the next start; a wrong one changes nothing', async () => {
    const { folder, restarts, call } = await appliance();
    writeFileSync(join(folder, 'doorlight.yaml'), 'people: []\n');
    const passphrase = 'correct horse battery';
    expect((await call('POST', '/api/appliance/backup', { passphrase: 'short' })).status).toBe(400);
    const { status, data } = await call('POST', '/api/appliance/backup', { passphrase });
    expect(status).toBe(200);
    const wrong = { ...data, passphrase: 'wrong horse battery' };
    expect(await call('POST', '/api/appliance/restore', wrong)).toMatchObject({
      status: 400,
      data: { error: expect.stringContaining('The passphrase is wrong') },
    });
    expect(existsSync(join(folder, '.restoring'))).toBe(false);
    expect(restarts).toEqual([]);
    writeFileSync(join(folder, 'doorlight.yaml'), 'people: [changed]\n');
    expect((await call('POST', '/api/appliance/restore', { ...data, passphrase })).status).toBe(202);
    await new Promise((resolve) => setImmediate(resolve));
    expect(restarts).toEqual([1]);
    expect(finishRestore(join(folder, 'doorlight.yaml'), folder)).toBe(true);
    expect(readFileSync(join(folder, 'doorlight.yaml'), 'utf8')).toBe('people: []\n');
    expect(finishRestore(join(folder, 'doorlight.yaml'), folder)).toBe(false);
  });

  it('says what is wrong with its disk', async () => {
    const { folder, store, call } = await appliance();
    writeFileSync(join(folder, 'web-password.json'), '');
    expect(store.read('web-password.json', (value) => typeof value === 'object')).toBeDefined();
    expect(readFileSync(join(folder, 'web-password.json.broken'), 'utf8')).toBe('');
    expect((await call('GET', '/api/appliance')).data.troubles).toMatchObject([{ what: 'state' }]);
  });
});
