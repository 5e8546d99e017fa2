/** Seeded mutation: the same seed gives the same bytes, so that what it finds can be found again. */
import mqttPacket, { type Packet } from 'mqtt-packet';

export interface Chance {
  /** 0 to 1 */
  random(): number;
  /** A whole number from 0 to below this. */
  pick(below: number): number;
  of<T>(list: readonly T[]): T;
  /** These bytes with up to six of them changed, and sometimes an end cut off. */
  spoil(bytes: Buffer): Buffer;
}

/** Mulberry32: small, and the same numbers everywhere. */
export function seeded(seed: number): Chance {
  let now = seed;
  const random = () => {
    now = (now + 0x6d2b79f5) | 0;
    let mixed = Math.imul(now ^ (now >>> 15), 1 | now);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const pick = (below: number) => Math.floor(random() * below);
  return {
    random,
    pick,
    of: (list) => list[pick(list.length)]!,
    spoil(bytes) {
      const spoilt = Buffer.from(bytes);
      for (let count = pick(6); count > 0; count--) spoilt[pick(spoilt.length)] = pick(256);
      return random() < 0.2 ? spoilt.subarray(0, pick(spoilt.length)) : spoilt;
    },
  };
}

const packet = (fields: object) => mqttPacket.generate(fields as Packet);

/** A session of MQTT with good packets, as a start for bad ones; the first logs in. */
export function goodPackets(username: string, password: string): Buffer[] {
  return [
    packet({
      cmd: 'connect',
      clientId: 'fuzz',
      username,
      password: Buffer.from(password),
      clean: true,
      keepalive: 10,
    }),
    packet({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'doorlight/#', qos: 1 }] }),
    ...[0, 1, 2].map((qos) =>
      packet({ cmd: 'publish', messageId: 2, topic: 'a/b', payload: 'x', qos, retain: false, dup: false }),
    ),
    packet({ cmd: 'pubrel', messageId: 2 }),
    packet({ cmd: 'unsubscribe', messageId: 3, unsubscriptions: ['doorlight/#'] }),
    packet({ cmd: 'pingreq' }),
  ];
}

/** Some of these packets, mostly after a log-in, with some bytes changed. */
export function spoiltPackets(chance: Chance, good: readonly Buffer[]): Buffer {
  return chance.spoil(
    Buffer.concat([
      ...(chance.random() < 0.7 ? [good[0]!] : []),
      ...Array.from({ length: 1 + chance.pick(4) }, () => chance.of(good)),
    ]),
  );
}
