/** The key pair for rich notifications, made on the machine that uses it and kept in its data directory. */
import { randomUUID, webcrypto, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import type { Store } from '../store.ts';

const file = 'graph-encryption.json';
/** Graph takes RSA of 2048 to 4096 bits (Microsoft Learn, "Set up change notifications that include resource data"). */
const bits = 2048;
const lifeYears = 10;

export interface EncryptionKey {
  /** Our label, echoed by each notification. */
  id: string;
  /** The certificate as Graph wants it: Base64 of the DER, no PEM lines. */
  certificate: string;
  /** For RSA-OAEP with SHA-1. */
  privateKey: webcrypto.CryptoKey;
}

/** Reads the kept pair, or makes and keeps one. */
export async function openEncryptionKey(store: Store, now: () => number): Promise<EncryptionKey> {
  let stored = store.read<{ id: string; cert: string; key: string }>(file, ({ id, cert, key }) =>
    [id, cert, key].every((text) => typeof text === 'string'),
  );
  if (!stored) {
    const notAfterDate = new Date(now());
    notAfterDate.setFullYear(notAfterDate.getFullYear() + lifeYears);
    const made = await generate([{ name: 'commonName', value: 'doorlight' }], {
      keySize: bits,
      algorithm: 'sha256',
      notBeforeDate: new Date(now()),
      notAfterDate,
    });
    stored = { id: randomUUID(), cert: made.cert, key: made.private };
    await store.write(file, stored);
  }
  const der = Buffer.from(stored.key.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1' };
  return {
    id: stored.id,
    certificate: new X509Certificate(stored.cert).raw.toString('base64'),
    privateKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['decrypt']),
  };
}
