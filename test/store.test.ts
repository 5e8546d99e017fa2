import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../bridge/store.ts';
import { createSystemd } from '../bridge/systemd.ts';
import { createFakeClock } from './fake-clock.ts';
import { type Ends, endAll, temporaryFolder } from './system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

describe('the store', () => {
  it('keeps two copies, for its owner alone', async () => {
    const folder = temporaryFolder(ends);
    await openStore(folder).write('a.json', { a: 1 });
    for (const name of ['a.json', 'a.json.copy']) {
      expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toEqual({ a: 1 });
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
  });

  it('has its directory to itself, also one that was made for it', () => {
    const folder = temporaryFolder(ends);
    chmodSync(folder, 0o755);
    openStore(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    chmodSync(folder, 0o755);
    openStore(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  it.each([
    ['cut short', '{"a":'],
    ['empty', ''],
    ['full of noughts', '\0\0\0\0\0\0\0\0'],
    ['of another form', '7'],
  ])('takes the copy of a file that is %s, says so, and keeps the damaged one aside', async (_how, text) => {
    const folder = temporaryFolder(ends);
    await openStore(folder).write('a.json', { a: 1 });
    writeFileSync(join(folder, 'a.json'), text);
    const store = openStore(folder);
    expect(store.read('a.json', isObject)).toEqual({ a: 1 });
    expect(store.faults()).toMatchObject([
      { what: 'state', text: expect.stringContaining('its copy is used') },
    ]);
    expect(existsSync(join(folder, 'a.json.broken'))).toBe(true);
  });

  it('takes the copy of a file whose sector cannot be read', async () => {
    const folder = temporaryFolder(ends);
    await openStore(folder).write('a.json', { a: 1 });
    const store = openStore(folder);
    // A folder in its place is what any user can make that fails to be read.
    const { rmSync } = await import('node:fs');
    rmSync(join(folder, 'a.json'));
    mkdirSync(join(folder, 'a.json'));
    expect(store.read('a.json', isObject)).toEqual({ a: 1 });
  });

  it('starts anew when both are damaged, and says so', async () => {
    const folder = temporaryFolder(ends);
    await openStore(folder).write('a.json', { a: 1 });
    for (const name of ['a.json', 'a.json.copy']) writeFileSync(join(folder, name), 'x');
    const store = openStore(folder);
    expect(store.read('a.json', isObject)).toBeUndefined();
    expect(store.faults()[0]!.text).toContain('starts anew');
  });

  it('says nothing about a file that never was', () => {
    const store = openStore(temporaryFolder(ends));
    expect(store.read('a.json', isObject)).toBeUndefined();
    expect(store.faults()).toEqual([]);
  });
});

describe('systemd', () => {
  it('hears that we are ready, and is fed only while the director is alive', async () => {
    const clock = createFakeClock();
    const sent: string[] = [];
    const env = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '60000000' };
    const systemd = createSystemd({ env, clock, send: (assignment) => sent.push(assignment) });
    systemd.ready();
    for (let i = 0; i < 6; i++) {
      systemd.alive();
      await clock.advance(10_000);
    }
    // Every 20 s at most; and nothing once nobody calls.
    expect(sent).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
    await clock.advance(600_000);
    expect(sent).toHaveLength(4);
  });

  it('is left alone where it did not start us', () => {
    const sent: string[] = [];
    createSystemd({ env: {}, clock: createFakeClock(), send: (assignment) => sent.push(assignment) }).ready();
    expect(sent).toEqual([]);
  });
});
