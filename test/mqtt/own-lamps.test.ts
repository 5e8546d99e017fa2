/** Lamps of ours with the real mosquitto of a user: on it, with a plain password, and behind a mirror to it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  colorOf,
  type Ends,
  endAll,
  eventually,
  plugInLamp,
  startBridge,
  startTenant,
  temporaryFolder,
} from '../system/kit.ts';

const program = ['/usr/sbin/mosquitto', 'mosquitto'].find(
  (path) => spawnSync(path, ['-h'], { stdio: 'ignore' }).error === undefined,
);
/** Everything is right again so soon after the broker is back. */
const backMs = 10_000;
const ends: Ends = [];
let port: number;
let folder: string;
let mosquitto: ChildProcess | undefined;

beforeEach(async () => {
  folder = temporaryFolder(ends);
  port = await new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
  const file = join(folder, 'passwords');
  spawnSync('mosquitto_passwd', ['-b', '-c', file, 'bridge', 'bridge-password']);
  spawnSync('mosquitto_passwd', ['-b', file, 'door', 'lamp-password']);
  writeFileSync(
    join(folder, 'mosquitto.conf'),
    `listener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${file}\npersistence false\nuser root\n`,
  );
});
afterEach(async () => {
  await endAll(ends);
  await kill();
});

const account = { username: 'bridge', password: 'bridge-password' };
const url = () => `mqtt://127.0.0.1:${port}`;

async function startMosquitto(): Promise<void> {
  mosquitto = spawn(program!, ['-c', join(folder, 'mosquitto.conf')], { stdio: 'ignore' });
  await eventually(async () => {
    const probe = await mqtt.connectAsync(url(), { ...account, reconnectPeriod: 0 });
    await probe.endAsync();
  });
}

async function kill(): Promise<void> {
  const child = mosquitto;
  mosquitto = undefined;
  if (!child || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** What mosquitto remembers of the lamp now, to somebody who comes anew. */
async function remembered(): Promise<Map<string, string>> {
  const client = await mqtt.connectAsync(url(), { ...account, reconnectPeriod: 0 });
  const seen = new Map<string, string>();
  const all = new Promise<void>((resolve) => {
    client.on('message', (topic, payload) => {
      if (topic === 'end') resolve();
      else seen.set(topic, payload.toString());
    });
  });
  await client.subscribeAsync(['doorlight/#', 'end'], { qos: 1 });
  await client.publishAsync('end', '', { qos: 1 });
  await all;
  await client.endAsync();
  return seen;
}

const lights = `people: [{ id: alice, user: alice@contoso.com }]
lights: [{ id: door, kind: espruino, shows: [alice] }, { id: never, kind: espruino, shows: [alice] }]`;
const sections = {
  'as own broker': () => `mqtt: { broker: '${url()}', username: bridge, password: bridge-password }`,
  'as mirror': () => `mqtt: { mirror: { url: '${url()}', username: bridge, password: bridge-password } }`,
};

describe.skipIf(!program)(
  "a lamp and a user's mosquitto (skipped without it: install mosquitto from Debian)",
  () => {
    it.each(['as own broker', 'as mirror'] as const)(
      '%s: is right within 10 s of its return',
      async (how) => {
        const tenant = await startTenant(ends);
        await startMosquitto();
        const { urls, keys } = await startBridge(ends, `${tenant.microsoft}\n${lights}\n${sections[how]()}`);
        // Behind the mirror the lamp proves itself with its key; on a foreign broker all that there is is a password.
        const more = how === 'as own broker' ? { password: 'lamp-password' } : {};
        const { pixels } = plugInLamp(ends, 'door', keys.get('door')!, urls.probePort!, more);
        await eventually(() => expect(colorOf(pixels())).toBe('green'), 20_000);
        await eventually(async () => {
          const seen = await remembered();
          expect(seen.get('doorlight/lights/door/availability')).toBe('online');
          expect(seen.get('doorlight/lights/never/availability')).toBe('offline');
        });

        await kill();
        await tenant.setPresence('alice@contoso.com', 'Busy');
        // On the mirror's side nothing of this matters to the lamp.
        if (how === 'as mirror') await eventually(() => expect(colorOf(pixels())).toBe('red'), 30_000);
        else await eventually(() => expect(colorOf(pixels())).toBe('blue'), 60_000);
        await startMosquitto();
        await eventually(async () => {
          const seen = await remembered();
          expect(colorOf(pixels())).toBe('red');
          expect(seen.get('doorlight/bridge/state')).toBe('online');
          expect(seen.get('doorlight/presence/alice/status')).toBe('busy');
          expect(seen.get('doorlight/lights/door/availability')).toBe('online');
          expect(JSON.parse(seen.get('doorlight/lights/door/state')!)).toMatchObject({
            color: { r: 255, g: 0 },
          });
          expect(seen.get('doorlight/lights/never/availability')).toBe('offline');
        }, backMs);
      },
    );
  },
);
