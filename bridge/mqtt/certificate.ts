/** The certificate of the embedded broker: the user's own, or one signed by a CA made at the first start. */

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { createSecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { ConfigError } from '../config/load.ts';
import { reasonOf } from '../log.ts';
import type { Store } from '../store.ts';

/** What clients trust; the one of these files that is not secret. */
export const caFile = 'mqtt-ca.pem';
const keyFile = 'mqtt-ca-key.pem';
const caYears = 20;
const certificateDays = 820;

/** @throws ConfigError when the user's files cannot be read */
export async function brokerCertificate(
  store: Store,
  now: () => number,
  own?: { cert: string; key: string },
): Promise<{ cert: string; key: string }> {
  if (own) return ownCertificate(own);
  const ca = await openCa(store, now);
  const made = await generate([{ name: 'commonName', value: 'doorlight' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now() - 24 * 3_600_000),
    notAfterDate: new Date(now() + certificateDays * 24 * 3_600_000),
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names() },
    ],
  });
  return { cert: `${made.cert}\n${ca.cert}`, key: made.private };
}

async function openCa(store: Store, now: () => number): Promise<{ cert: string; key: string }> {
  const [cert, key] = [store.readText(caFile), store.readText(keyFile)];
  if (cert && key && Date.parse(new X509Certificate(cert).validTo) > now()) return { cert, key };
  const made = await generate([{ name: 'commonName', value: 'Doorlight CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now() - 24 * 3_600_000),
    notAfterDate: new Date(now() + caYears * 365 * 24 * 3_600_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  await store.writeText(caFile, made.cert);
  await store.writeText(keyFile, made.private);
  return { cert: made.cert, key: made.private };
}

/** Every name and address under which this machine is reached, as far as it knows them itself. */
function names(): ({ type: 2; value: string } | { type: 7; ip: string })[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const host = hostname().toLowerCase();
  return [
    ...['localhost', host, `${host}.local`].map((value) => ({ type: 2 as const, value })),
    ...addresses
      .filter((address) => !address.address.includes('%') && !address.address.startsWith('fe80'))
      .map((address) => ({ type: 7 as const, ip: address.address })),
  ];
}

function ownCertificate(files: { cert: string; key: string }): { cert: string; key: string } {
  const pems = { cert: readPem(files.cert), key: readPem(files.key) };
  try {
    createSecureContext(pems);
    return pems;
  } catch (error) {
    throw new ConfigError(
      `${files.cert} and ${files.key} that mqtt.listen.tls names are no certificate and its key in PEM form (${reasonOf(error)}).`,
    );
  }
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `The file ${file} that mqtt.listen.tls names cannot be read (${code}): check the path.`,
    );
  }
}
