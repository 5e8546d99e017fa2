/** A WLED lamp on loopback: announced by mDNS, spoken to over HTTP, and once it was told a broker, on MQTT. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import mqtt from 'mqtt';
import makeMdns, { type MulticastDNS } from 'multicast-dns';
import type { Ends } from '../../system/kit.ts';

const loopback = { interface: '127.0.0.1', bind: '0.0.0.0' } as const;

/** A network of this test only: both ends on one UDP port of loopback. */
export async function loopbackNetwork(): Promise<() => Promise<MulticastDNS[]>> {
  const probe = createSocket('udp4');
  probe.bind(0);
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise<void>((closed) => probe.close(() => closed()));
  return () => Promise.resolve([makeMdns({ ...loopback, port })]);
}

export interface FakeWled {
  /** What was posted, by path. */
  posts: { path: string; body: Record<string, unknown> }[];
  /** Payloads on its `/api` topic. */
  heard: object[];
  /** Answers in place of its own, by path. */
  refuse: Map<string, { status: number; text: string }>;
  state: Record<string, unknown>;
}

export async function plugInWled(
  ends: Ends,
  network: () => Promise<MulticastDNS[]>,
  { mac = '0123456a1b2c', info = {}, announced = '127.0.0.1' } = {},
): Promise<FakeWled> {
  const state = { on: true, bri: 77, nl: { on: false }, seg: [{ id: 0, fx: 9, col: [[1, 2, 3]] }] };
  const fake: FakeWled = { posts: [], heard: [], refuse: new Map(), state };
  const settings = { if: { mqtt: { en: false, topics: { device: `wled/${mac.slice(-6)}` } } } };
  const answers: Record<string, () => object> = {
    '/json/info': () => ({ brand: 'WLED', ver: '0.15.0', name: 'Desk\u0007 strip', mac, ...info }),
    '/json/cfg': () => settings,
    '/json/state': () => fake.state,
  };

  /** As after its restart: it logs in with what it was given. */
  function dial(given: {
    broker: string;
    port: number;
    user: string;
    psk: string;
    topics: { device: string };
  }) {
    const { device } = given.topics;
    const client = mqtt.connect(`mqtt://${given.broker}:${given.port}`, {
      ...{ username: given.user, password: given.psk, reconnectPeriod: 0 },
      will: { topic: `${device}/status`, payload: Buffer.from('offline'), qos: 0, retain: true },
    });
    client.on('error', () => {});
    client.on('message', (_topic, payload) => fake.heard.push(JSON.parse(payload.toString()) as object));
    client.on('connect', () => {
      client.subscribe(`${device}/api`);
      client.publish(`${device}/status`, 'online', { retain: true });
    });
    ends.push(() => client.endAsync(true));
  }

  const server = createServer(async (request, response) => {
    const path = request.url!;
    let text = '';
    for await (const part of request) text += part;
    const refusal = fake.refuse.get(path);
    if (refusal) return response.writeHead(refusal.status).end(refusal.text);
    if (request.method === 'POST') {
      const body = JSON.parse(text) as { rb?: boolean; if?: { mqtt: Parameters<typeof dial>[0] } };
      fake.posts.push({ path, body });
      if (body.if && body.rb) dial(body.if.mqtt);
      if (path === '/json/state') Object.assign(fake.state, body);
      return response.end('{"success":true}');
    }
    const answer = answers[path];
    if (!answer) return response.writeHead(404).end();
    return response.end(JSON.stringify(answer()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(
    () => new Promise((done) => server.close(done)),
    () => server.closeAllConnections(),
  );
  const { port } = server.address() as AddressInfo;

  for (const mdns of await network()) {
    ends.push(() => mdns.destroy());
    const name = `wled-${mac.slice(-6)}._wled._tcp.local`;
    const target = `wled-${mac.slice(-6)}.local`;
    mdns.on('query', ({ questions }) => {
      if (!questions?.some((question) => question.name === '_wled._tcp.local')) return;
      mdns.respond({
        answers: [{ name: '_wled._tcp.local', type: 'PTR', ttl: 120, data: name }],
        additionals: [
          { name, type: 'SRV', data: { port, target } },
          { name, type: 'TXT', data: [`mac=${mac}`] },
          { name: target, type: 'A', ttl: 120, data: announced },
        ],
      });
    });
  }
  return fake;
}
