import {
  constants,
  createCipheriv,
  createHmac,
  type KeyObject,
  publicEncrypt,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { badRequest } from '../graph-error.ts';

/** The certificate that an app gave for its rich notifications. */
export interface EncryptionTarget {
  publicKey: KeyObject;
  certificateId: string;
  /** SHA-1 of the certificate, hex without colons. */
  thumbprint: string;
}

export interface EncryptedContent {
  data: string;
  dataSignature: string;
  dataKey: string;
  encryptionCertificateId: string;
  encryptionCertificateThumbprint: string;
}

/**
 * Reads `encryptionCertificate` (base64 of an X.509 certificate): RSA of 2048 to 4096 bits, the issuer is not checked.
 * Throws 400 otherwise. "Set up change notifications that include resource data".
 */
export function readEncryptionCertificate(certificate: string, certificateId: string): EncryptionTarget {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(Buffer.from(certificate, 'base64'));
  } catch {
    throw badRequest('The encryptionCertificate is not a base64-encoded X.509 certificate.');
  }
  const { publicKey } = parsed;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (publicKey.asymmetricKeyType !== 'rsa' || bits < 2048 || bits > 4096) {
    throw badRequest('The encryptionCertificate must have an RSA key of 2048 to 4096 bits.');
  }
  return { publicKey, certificateId, thumbprint: parsed.fingerprint.replaceAll(':', '') };
}

/** Encrypts one item under a fresh key: AES-256-CBC, IV = first 16 bytes of the key, HMAC-SHA256, RSA-OAEP with SHA-1. */
export function encryptContent(content: unknown, target: EncryptionTarget): EncryptedContent {
  const key = randomBytes(32);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16));
  const data = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()]);
  const padding = { key: target.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  return {
    data: data.toString('base64'),
    dataSignature: createHmac('sha256', key).update(data).digest('base64'),
    dataKey: publicEncrypt(padding, key).toString('base64'),
    encryptionCertificateId: target.certificateId,
    encryptionCertificateThumbprint: target.thumbprint,
  };
}
