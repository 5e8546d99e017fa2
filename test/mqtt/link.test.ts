/** The link to a broker of the user's, at every kind of broker that there is to meet. */

import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes } from 'aedes';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { brokerCertificate, caFile } from '../../bridge/mqtt/certificate.ts';
import { createLink, type Link } from '../../bridge/mqtt/link.ts';
import { lampsDial } from '../../bridge/mqtt/probe.ts';
import { openStore } from '../../bridge/store.ts';
import { systemClock } from '../../protocol/clock.ts';
import { type Ends, endAll, eventually, startBridge } from '../system/kit.ts';

const ends: Ends = [];
let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlight-link-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  lines = [];
});
afterEach(() => endAll(ends));

const keep = (line: string) => void lines.push(line);
const log = { debug() {}, info: keep, warn: keep, error: keep };

function startLink(url: string, more: { caFile?: string } = {}): Link {
  const link = createLink({
    url,
    ...more,
    clientId: 'bridge',
    will: { topic: 'doorlight/bridge/state', payload: 'offline' },
    filters: { state: ['doorlight/lights/+/state'], commands: ['doorlight/lights/+/set'] },
    clock: systemClock,
    random: () => 0,
    log,
  });
  link.start();
  ends.push(link.stop);
  return link;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as { port: number }).port;
}

/** A broker of MQTT 3.1.1 that knows no 5.0. */
async function startAedes(serve: (handle: (stream: never) => void) => Server): Promise<number> {
  const aedes = await Aedes.createBroker();
  ends.push(() => new Promise<void>((resolve) => aedes.close(() => resolve())));
  return await listen(serve((stream) => void aedes.handle(stream, undefined as never)));
}

const heardBack = async (link: Link) => {
  await eventually(() => expect(link.isUp()).toBe(true));
  const heard: string[] = [];
  link.onMessage(({ topic, payload }) => heard.push(`${topic} ${payload.toString()}`));
  await eventually(async () => {
    await link.publish('doorlight/lights/door/state', 'x', false);
    expect(heard).toContain('doorlight/lights/door/state x');
  });
};

describe("a link to a user's broker", () => {
  it('falls back to MQTT 3.1.1 where there is no 5.0, says once what that means, and works', async () => {
    const port = await startAedes((handle) => createServer((socket) => handle(socket as never)));
    await heardBack(startLink(`mqtt://127.0.0.1:${port}`));
    expect(lines).toEqual([
      expect.stringContaining('speaks 3.1.1: retained commands are known only when it replays them'),
      `Linked to the MQTT broker at 127.0.0.1:${port}.`,
    ]);
  });

  it.each(['mqtts', 'wss'] as const)('goes over %s, to a broker that it can verify', async (scheme) => {
    const store = openStore(folder);
    const pems = await brokerCertificate(store, Date.now);
    const port = await startAedes((handle) => {
      if (scheme === 'mqtts') return createTlsServer(pems, (socket) => handle(socket as never));
      const server = createHttps(pems);
      new WebSocketServer({ server }).on('connection', (socket) =>
        handle(createWebSocketStream(socket) as never),
      );
      return server;
    });
    const url = `${scheme}://localhost:${port}`;
    await heardBack(startLink(url, { caFile: join(folder, caFile) }));
    const doubtful = startLink(url);
    await eventually(() => expect(lines.join('\n')).toMatch(/No link to the MQTT broker .*certificate/i));
    expect(doubtful.isUp()).toBe(false);
  });

  it('goes over ws', async () => {
    const port = await startAedes((handle) => {
      const server = createHttp();
      new WebSocketServer({ server }).on('connection', (socket) =>
        handle(createWebSocketStream(socket) as never),
      );
      return server;
    });
    await heardBack(startLink(`ws://127.0.0.1:${port}/mqtt`));
  });

  it('gives up on a broker that takes the connection and never answers, says so once, and finds it when it does', async () => {
    let hang = true;
    const aedes = await Aedes.createBroker();
    ends.push(() => new Promise<void>((resolve) => aedes.close(() => resolve())));
    const sockets = new Set<Socket>();
    const port = await listen(
      createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
        if (!hang) aedes.handle(socket as never, undefined as never);
      }),
    );
    ends.push(() => {
      for (const socket of sockets) socket.destroy();
    });
    const link = startLink(`mqtt://127.0.0.1:${port}`);
    await expect(link.publish('a', 'b', false)).rejects.toThrow(/no link/);
    await eventually(() => expect(lines.join('\n')).toMatch(/No link to the MQTT broker/), 15_000);
    expect(link.isUp()).toBe(false);
    hang = false;
    await eventually(() => expect(link.isUp()).toBe(true), 15_000);
    expect(lines.filter((line) => line.startsWith('No link'))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/is back/);
  });

  it('says in one line why a broker refuses, and goes on trying', async () => {
    let tries = 0;
    const port = await listen(
      createServer((socket) => {
        tries++;
        socket.on('error', () => {});
        socket.once('data', () =>
          socket.end(mqttPacket.generate({ cmd: 'connack', returnCode: 5, sessionPresent: false } as Packet)),
        );
      }),
    );
    startLink(`mqtt://127.0.0.1:${port}`);
    await eventually(() => expect(tries).toBeGreaterThan(2));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^No link to the MQTT broker at 127\.0\.0\.1:\d+: .*[Nn]ot authorized/);
  });
});

describe('probes', () => {
  const nonce = 'a'.repeat(32);

  /** The bridge's answers to probes, in order. */
  function prober(port: number) {
    const socket = createSocket('udp4');
    const answers: string[] = [];
    socket.on('message', (message) => answers.push(message.toString()));
    ends.push(() => socket.close());
    return { answers, probe: () => socket.send(`DL1 door ${nonce}`, port, '127.0.0.1') };
  }
  const lamp = 'lights: [{ id: door, kind: espruino }]';

  it("are answered only while the link to the user's broker is held, with that broker's port", async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    const { urls } = await startBridge(ends, `${lamp}\nmqtt: { broker: 'mqtt://127.0.0.1:${port}' }`);
    const { answers, probe } = prober(urls.probePort!);
    for (let count = 0; count < 5; count++) probe();
    const aedes = await Aedes.createBroker();
    ends.push(() => new Promise<void>((resolve) => aedes.close(() => resolve())));
    const back = createServer((socket) => void aedes.handle(socket as never, undefined as never));
    await new Promise<void>((resolve) => back.listen(port, '127.0.0.1', resolve));
    expect(answers).toEqual([]);
    const ask = () => {
      probe();
      expect(answers.length).toBeGreaterThan(0);
    };
    await eventually(ask, 15_000);
    expect(answers[0]).toMatch(new RegExp(`^DL1 - ${port} [0-9a-f]{32} [0-9a-f]{64}$`));
  });

  it.each([
    ['mqtts://broker.example:8883', 'broker.example 1883'],
    ['mqtt://broker.example:2883', 'broker.example 2883'],
    ['wss://broker.example/mqtt', 'broker.example 1883'],
  ])('with %s tell lamps %s, for they speak plain MQTT', (url, told) => {
    const { host, port } = lampsDial(url);
    expect(`${host} ${port}`).toBe(told);
  });

  it('are answered by the embedded broker with its own port', async () => {
    const { urls } = await startBridge(ends, lamp);
    const { answers, probe } = prober(urls.probePort!);
    await eventually(() => {
      probe();
      expect(answers.length).toBeGreaterThan(0);
    });
    expect(answers[0]!.split(' ').slice(0, 3)).toEqual(['DL1', '-', new URL(urls.mqtt!).port]);
  });
});
