/** The certificate of the embedded broker: the user's own, or one signed by a CA made at the first start. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../config/load.ts';
import { readNamedFile } from '../config/named-file.ts';
import { reasonOf } from '../log.ts';
import { orInMemory, type Store } from '../store.ts';

/** What clients trust; the one of these files that is not secret. */
export const caFile = 'mqtt-ca.pem';
const caKeyFile = 'mqtt-ca-key.pem';
const certificateFile = 'mqtt-cert.pem';
const keyFile = 'mqtt-key.pem';
const dayMs = 24 * 3_600_000;
const caYears = 20;
const certificateDays = 820;
/** A certificate is replaced so long before its end; a client has long seen the new one by then. */
const renewMs = 60 * dayMs;

interface Pems {
  cert: string;
  key: string;
}

/**
 * The certificate to serve now: asked again each day, it is renewed ahead of its end, or read anew from the user's files.
 * @throws ConfigError when the user's files cannot be read
 */
export async function brokerCertificate(
  store: Store,
  now: () => number,
  own?: { cert: string; key: string },
): Promise<Pems> {
  if (own) return ownCertificate(own);
  const ca = await openCa(store, now);
  const kept = keptCertificate(store, now, ca);
  const pems = kept ?? (await makeCertificate(now, ca));
  if (!kept) {
    await orInMemory(store.writeText(keyFile, pems.key));
    await orInMemory(store.writeText(certificateFile, pems.cert));
  }
  return { cert: `${pems.cert}\n${ca.cert}`, key: pems.key };
}

/** What an earlier start left, while it is whole, ours, young enough and names this machine as it is reached now. */
function keptCertificate(store: Store, now: () => number, ca: Pems): Pems | undefined {
  const [cert, key] = [store.readText(certificateFile), store.readText(keyFile)];
  if (!cert || !key) return undefined;
  try {
    const kept = new X509Certificate(cert);
    const issuer = new X509Certificate(ca.cert);
    const good =
      Date.parse(kept.validFrom) <= now() &&
      Date.parse(kept.validTo) > now() + renewMs &&
      kept.checkPrivateKey(createPrivateKey(key)) &&
      kept.verify(issuer.publicKey) &&
      names().every((name) => (name.type === 2 ? kept.checkHost(name.value) : kept.checkIP(name.ip)));
    return good ? { cert, key } : undefined;
  } catch {
    // A file that was cut short or changed by hand is replaced like one that is too old.
    return undefined;
  }
}

async function makeCertificate(now: () => number, ca: Pems): Promise<Pems> {
  // Loaded only when there is something to make: it costs 17 MB and a tenth of a second.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'doorlight' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now() - dayMs),
    notAfterDate: new Date(now() + certificateDays * dayMs),
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names() },
    ],
  });
  return { cert: made.cert, key: made.private };
}

async function openCa(store: Store, now: () => number): Promise<Pems> {
  const kept = keptCa(store, now);
  if (kept) return kept;
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'Doorlight CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now() - dayMs),
    notAfterDate: new Date(now() + caYears * 365 * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  await orInMemory(store.writeText(caFile, made.cert));
  await orInMemory(store.writeText(caKeyFile, made.private));
  return { cert: made.cert, key: made.private };
}

/** Nothing when there is none or its time is over, and, said as a fault, when it was damaged. */
function keptCa(store: Store, now: () => number): Pems | undefined {
  const [cert, key] = [store.readText(caFile), store.readText(caKeyFile)];
  if (cert === undefined && key === undefined) return undefined;
  try {
    const ca = new X509Certificate(cert!);
    if (!ca.checkPrivateKey(createPrivateKey(key!))) throw new Error('not its key');
    return Date.parse(ca.validTo) > now() ? { cert: cert!, key: key! } : undefined;
  } catch {
    const text = `${store.path(caFile)} was damaged, so there is a new one: give it to every MQTT client that checks certificates.`;
    store.fault({ what: 'state', text });
    return undefined;
  }
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

function ownCertificate(files: { cert: string; key: string }): Pems {
  const pems = {
    cert: readNamedFile(files.cert, 'mqtt.listen.tls'),
    key: readNamedFile(files.key, 'mqtt.listen.tls'),
  };
  try {
    createSecureContext(pems);
    return pems;
  } catch (error) {
    throw new ConfigError(
      `${files.cert} and ${files.key} that mqtt.listen.tls names are no certificate and its key in PEM form (${reasonOf(error)}).`,
    );
  }
}
