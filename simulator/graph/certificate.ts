import { generate } from 'selfsigned';

export interface ServerCertificate {
  /** PEM of the authority that a client has to trust. */
  ca: string;
  key: string;
  cert: string;
}

// Fixed and wide: clients check these against their own clock, which is not the one that a test owns.
const validity = { notBeforeDate: new Date('2020-01-01'), notAfterDate: new Date('2049-12-31') };

/** A fresh authority, and a certificate for the loopback names signed by it. */
export async function createServerCertificate(): Promise<ServerCertificate> {
  const ca = await generate([{ name: 'commonName', value: 'Doorlight stand-in for Microsoft Graph' }], {
    ...validity,
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...validity,
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { ca: ca.cert, key: server.private, cert: server.cert };
}
