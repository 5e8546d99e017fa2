/**
 * WLED lamps on the network. They announce `_wled._tcp` (mDNS, RFC 6762; DNS-SD, RFC 6763). The network is asked while
 * somebody looks, and left in peace at other times.
 */
import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { MulticastDNS, ResponsePacket } from 'multicast-dns';
import { type Clock, every } from '../../../protocol/clock.ts';
import { type WledDevice, wledAt } from './device.ts';

const service = '_wled._tcp.local';
const askEveryMs = 5_000;
/** So long after the last look the sockets are closed. */
const attentionMs = 60_000;
/** An answer takes a moment: so long after the first question it is said that more may come. */
const searchMs = 5_000;
/** A lamp is asked who it is at most so often. */
const visitEveryMs = 30_000;
/** One that has not answered for so long is gone. */
const forgetMs = 120_000;
const mostDevices = 200;

export interface WledSearch {
  /** What is known now; asks for more. */
  look(): { devices: WledDevice[]; searching: boolean };
  stop(): void;
}

/** One socket on each of the machine's networks, so that each is asked. */
export async function openMdns(): Promise<MulticastDNS[]> {
  // Loaded only when somebody looks: it costs 3 MB.
  const { default: makeMdns } = await import('multicast-dns');
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => makeMdns({ interface: address, bind: '0.0.0.0' }));
}

export function createWledSearch({
  clock,
  open = openMdns,
}: {
  clock: Clock;
  open?: () => Promise<MulticastDNS[]>;
}): WledSearch {
  let sockets: MulticastDNS[] = [];
  let cancels: (() => void)[] = [];
  let since = 0;
  const devices = new Map<string, { device: WledDevice; at: number }>();
  const visits = new Map<string, number>();
  /** Instance -> port, host name -> address, as they were announced last. */
  const ports = new Map<string, number>();
  const hosts = new Map<string, string>();

  function ask(): void {
    for (const socket of sockets) socket.query({ questions: [{ name: service, type: 'PTR' }] });
    const now = clock.monotonic();
    for (const [mac, { at }] of devices) if (now - at > forgetMs) devices.delete(mac);
  }

  function hear({ answers = [], additionals = [] }: ResponsePacket, from: string): void {
    const records = [...answers, ...additionals];
    const targets = new Map<string, string>();
    const instances = new Set<string>();
    for (const record of records) {
      if (record.type === 'A') remember(hosts, record.name, record.data);
      if (record.type === 'PTR' && record.name === service) instances.add(record.data);
      if (record.type === 'SRV' && record.name.endsWith(`.${service}`)) {
        instances.add(record.name);
        targets.set(record.name, record.data.target);
        remember(ports, record.name, record.data.port);
      }
    }
    for (const instance of instances) {
      const told = hosts.get(targets.get(instance) ?? '') ?? from;
      const address = isNear(told, from) ? told : from;
      void visit(address, ports.get(instance) ?? 80);
    }
  }

  async function visit(address: string, port: number): Promise<void> {
    const now = clock.monotonic();
    const place = `${address}:${port}`;
    if (now - (visits.get(place) ?? Number.NEGATIVE_INFINITY) < visitEveryMs) return;
    remember(visits, place, now);
    const device = await wledAt({ address, port }, clock);
    if (device) remember(devices, device.mac, { device, at: clock.monotonic() });
  }

  async function begin(): Promise<void> {
    since = clock.monotonic();
    const own = [every(clock, askEveryMs, ask)];
    cancels = own;
    const opened = await open();
    if (cancels !== own) {
      for (const socket of opened) socket.destroy();
      return;
    }
    sockets = opened;
    for (const socket of sockets) {
      // A network that goes away, or a packet that is none, is no fault of ours.
      for (const event of ['error', 'warning'] as const) socket.on(event, () => {});
      socket.on('response', (packet, { address }) => hear(packet, address));
      socket.on('ready', () => socket.query({ questions: [{ name: service, type: 'PTR' }] }));
    }
  }

  function end(): void {
    for (const cancel of cancels) cancel();
    for (const socket of sockets) socket.destroy();
    cancels = [];
    sockets = [];
  }

  let cancelEnd = () => {};
  return {
    look() {
      if (cancels.length === 0) void begin();
      cancelEnd();
      cancelEnd = clock.after(attentionMs, end);
      const found = [...devices.values()].map(({ device }) => device);
      const searching = clock.monotonic() - since < searchMs;
      return { devices: found.sort((a, b) => a.mac.localeCompare(b.mac)), searching };
    },
    stop() {
      cancelEnd();
      end();
    },
  };
}

/** Keeps the newest, and never more than there can be lamps: anybody on the network may announce. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > mostDevices) map.delete(map.keys().next().value!);
}

const privateNetworks = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const) {
  privateNetworks.addSubnet(net, bits);
}

/** An announcement may send us to its sender and to private networks, never to this machine's own services. */
const isNear = (address: string, from: string): boolean =>
  isIPv4(address) && (address === from || privateNetworks.check(address));
