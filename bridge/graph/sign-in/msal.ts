/** MSAL applications as a configuration wants them. MSAL stays behind this folder: its next major drops device code. */
import { createHash, X509Certificate } from 'node:crypto';
import {
  ConfidentialClientApplication,
  type Configuration,
  type INetworkModule,
  PublicClientApplication,
} from '@azure/msal-node';
import { ConfigError } from '../../config/load.ts';
import { readNamedFile } from '../../config/named-file.ts';
import type { MicrosoftConfig } from '../../config/schema.ts';
import type { Store } from '../../store.ts';
import type { Cloud } from '../clouds.ts';

const named = 'microsoft.clientCertificate';

export interface MsalOptions {
  microsoft: MicrosoftConfig;
  cloud: Cloud;
  store: Store;
  /** The name of the file that keeps the tokens. */
  cacheFile: string;
  network: INetworkModule;
}

function configuration({ microsoft, cloud, store, cacheFile, network }: MsalOptions): Configuration {
  return {
    auth: {
      clientId: microsoft.clientId,
      authority: `${cloud.authority}/${microsoft.tenant}`,
      knownAuthorities: [new URL(cloud.authority).host],
    },
    cache: {
      cachePlugin: {
        // biome-ignore lint/suspicious/useAwait: MSAL's interface asks for promises
        async beforeCacheAccess(context) {
          const kept = store.read<object>(cacheFile, (value) => typeof value === 'object' && value !== null);
          context.tokenCache.deserialize(kept ? JSON.stringify(kept) : '');
        },
        async afterCacheAccess(context) {
          if (context.cacheHasChanged)
            await store.write(cacheFile, JSON.parse(context.tokenCache.serialize()));
        },
      },
    },
    system: { networkClient: network },
  };
}

export function publicApplication(options: MsalOptions): PublicClientApplication {
  return new PublicClientApplication(configuration(options));
}

/** Whether there is something with which the application can prove itself. */
export const hasProof = (microsoft: MicrosoftConfig): boolean =>
  microsoft.clientSecret !== undefined || microsoft.clientCertificate !== undefined;

/** @throws ConfigError when the certificate or its key cannot be read */
export function confidentialApplication(options: MsalOptions): ConfidentialClientApplication {
  const base = configuration(options);
  const { clientSecret, clientCertificate } = options.microsoft;
  const proof = clientCertificate
    ? { clientCertificate: assertionOf(clientCertificate) }
    : { clientSecret: clientSecret ?? '' };
  return new ConfidentialClientApplication({ ...base, auth: { ...base.auth, ...proof } });
}

function assertionOf(files: { cert: string; key: string }) {
  const certificate = openCertificate(files.cert);
  const thumbprintSha256 = createHash('sha256').update(certificate.raw).digest('hex');
  return { thumbprintSha256, privateKey: readNamedFile(files.key, named) };
}

/** @throws ConfigError when the file is not there, or holds no certificate */
export function openCertificate(file: string): X509Certificate {
  const pem = readNamedFile(file, named);
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ConfigError(
      `The file ${file} that microsoft.clientCertificate names holds no certificate (PEM).`,
    );
  }
}
