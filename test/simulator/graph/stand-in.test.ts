import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGraphStandIn } from '../../../simulator/graph/stand-in.ts';
import { createFakeClock } from '../../fake-clock.ts';
import { createWorld } from './world.ts';

test('caFile is the authority of the certificate, which is good for the loopback names', async () => {
  const world = await createWorld();
  expect(world.caFile.endsWith('graph-ca.pem')).toBe(true);
  expect(new X509Certificate(await readFile(world.caFile)).ca).toBe(true);
  const { port } = new URL(world.graphUrl);
  for (const host of ['localhost', '127.0.0.1']) {
    const response = await world.fetch(`https://${host}:${port}/common/discovery/v2.0/keys`);
    expect(response.status).toBe(200);
  }
  await world.close();
});

test('a port that is taken is an error, and nothing is left running', async () => {
  const taken = createServer();
  await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
  const controlPort = (taken.address() as AddressInfo).port;
  const dataDir = await mkdtemp(join(tmpdir(), 'doorlight-graph-'));
  const clock = createFakeClock();
  const standIn = createGraphStandIn({ clock, port: 0, controlPort, dataDir, day: true });
  await expect(standIn.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(clock.pending()).toBe(0);
  await new Promise((done) => taken.close(done));
  const { controlUrl } = await standIn.start();
  expect(new URL(controlUrl).port).toBe(String(controlPort));
  await standIn.stop();
  await rm(dataDir, { recursive: true });
});

test('a stop leaves no timer, and can be called twice', async () => {
  const clock = createFakeClock();
  const world = await createWorld({ clock, day: true });
  expect(clock.pending()).toBeGreaterThan(0);
  await world.stopServers();
  await world.stopServers();
  expect(clock.pending()).toBe(0);
  await world.close();
});
