/** The key pairs for rich notifications, made on the machine that uses them and kept in its data directory. */
import { randomUUID, webcrypto, X509Certificate } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import { orInMemory, type Store } from '../store.ts';

const file = 'graph-encryption.json';
/** Graph takes RSA of 2048 to 4096 bits (Microsoft Learn, "Set up change notifications that include resource data"). */
const bits = 2048;
const lifeYears = 10;
const hourMs = 3_600_000;
const renewAfterMs = 30 * 24 * hourMs;
/** A subscription lives an hour, and what it sent is tried again for four: later nothing comes for an old key. */
const keepOldMs = 6 * hourMs;

export interface EncryptionKey {
  /** Our label, echoed by each notification. */
  id: string;
  /** The certificate as Graph wants it: Base64 of the DER, no PEM lines. */
  certificate: string;
  /** For RSA-OAEP with SHA-1. */
  privateKey: webcrypto.CryptoKey;
}

export interface EncryptionKeys {
  current(): EncryptionKey;
  /** The current key; a new one when it has grown old. */
  fresh(): Promise<EncryptionKey>;
  /** The key of a notification, while it may still be needed. */
  find(id: string): EncryptionKey | undefined;
}

interface Stored {
  id: string;
  cert: string;
  key: string;
  /** Wall clock, ms. */
  madeAt: number;
  /** When the next one took its place; wall clock, ms. */
  retiredAt?: number;
}

/** Reads the kept pairs, or makes the first. A key is renewed each 30 days unless `lifeMs` says otherwise. */
export async function openEncryptionKeys(
  store: Store,
  clock: Clock,
  lifeMs = renewAfterMs,
): Promise<EncryptionKeys> {
  let ring = store.read<Stored[]>(file, isRing) ?? [];
  const opened = new Map<string, EncryptionKey>();
  for (const each of ring) opened.set(each.id, await open(each));
  if (ring.length === 0) await renew();

  function mayComeStill({ retiredAt = clock.now() }: Stored): boolean {
    return clock.now() - retiredAt < keepOldMs;
  }

  async function renew(): Promise<void> {
    const now = clock.now();
    const made = await make(now);
    // A clock that was set back makes an age negative, which is no reason to drop a key.
    const kept = ring.filter(mayComeStill);
    const next = [made, ...kept.map((each) => ({ ...each, retiredAt: each.retiredAt ?? now }))];
    await orInMemory(store.write(file, next));
    opened.set(made.id, await open(made));
    ring = next;
    for (const id of opened.keys()) if (!ring.some((each) => each.id === id)) opened.delete(id);
  }

  const current = () => opened.get(ring[0]!.id)!;
  return {
    current,
    async fresh() {
      if (clock.now() - ring[0]!.madeAt >= lifeMs) await renew();
      return current();
    },
    find: (id) => (ring.some((each) => each.id === id && mayComeStill(each)) ? opened.get(id) : undefined),
  };
}

function isRing(stored: Stored[]): boolean {
  return stored.every(({ id, cert, key }) => [id, cert, key].every((text) => typeof text === 'string'));
}

async function make(now: number): Promise<Stored> {
  // Loaded only when there is something to make: it costs 17 MB and a tenth of a second.
  const { generate } = await import('selfsigned');
  const notAfterDate = new Date(now);
  notAfterDate.setFullYear(notAfterDate.getFullYear() + lifeYears);
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'doorlight' }], {
    keySize: bits,
    algorithm: 'sha256',
    notBeforeDate: new Date(now),
    notAfterDate,
  });
  return { id: randomUUID(), cert, key, madeAt: now };
}

async function open(stored: Stored): Promise<EncryptionKey> {
  const der = Buffer.from(stored.key.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1' };
  return {
    id: stored.id,
    certificate: new X509Certificate(stored.cert).raw.toString('base64'),
    privateKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['decrypt']),
  };
}
