/**
 * Opening the encrypted content of a rich notification (Microsoft Learn, "Set up change notifications that include
 * resource data"). WebCrypto, because its RSA runs off the main thread: 650 of them must not stop a small Pi.
 */
import { webcrypto } from 'node:crypto';
import type { EncryptionKey } from './encryption-key.ts';

const { subtle } = webcrypto;

export interface EncryptedContent {
  data: string;
  dataSignature: string;
  dataKey: string;
  encryptionCertificateId: string;
}

/**
 * The decrypted JSON text.
 * @throws Error saying why the content is refused: another certificate, a wrong key, a wrong signature
 */
export async function openEnvelope(content: EncryptedContent, key: EncryptionKey): Promise<string> {
  if (content.encryptionCertificateId !== key.id) throw new Error('it is encrypted for another certificate');
  const data = Buffer.from(content.data, 'base64');
  const symmetric = await subtle
    .decrypt({ name: 'RSA-OAEP' }, key.privateKey, Buffer.from(content.dataKey, 'base64'))
    .catch(() => {
      throw new Error('its key cannot be decrypted');
    });
  const hmac = await subtle.importKey('raw', symmetric, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const signature = Buffer.from(content.dataSignature, 'base64');
  if (!(await subtle.verify('HMAC', hmac, signature, data))) throw new Error('its signature is wrong');
  const aes = await subtle.importKey('raw', symmetric, 'AES-CBC', false, ['decrypt']);
  const iv = new Uint8Array(symmetric).slice(0, 16);
  return Buffer.from(await subtle.decrypt({ name: 'AES-CBC', iv }, aes, data)).toString('utf8');
}
