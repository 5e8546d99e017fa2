/**
 * Opening the encrypted content of a rich notification (Microsoft Learn, "Set up change notifications that include
 * resource data"). RSA by WebCrypto, which runs off the main thread: 650 of them must not stop a small Pi. The rest
 * is microseconds, less than the way to another thread.
 */
import { createDecipheriv, createHmac, timingSafeEqual, webcrypto } from 'node:crypto';
import type { EncryptionKeys } from './encryption-key.ts';

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
export async function openEnvelope(
  content: EncryptedContent,
  keys: Pick<EncryptionKeys, 'find'>,
): Promise<string> {
  const key = keys.find(content.encryptionCertificateId);
  if (!key) throw new Error('it is encrypted for another certificate');
  const data = Buffer.from(content.data, 'base64');
  const opened = await webcrypto.subtle
    .decrypt({ name: 'RSA-OAEP' }, key.privateKey, Buffer.from(content.dataKey, 'base64'))
    .catch(() => {
      throw new Error('its key cannot be decrypted');
    });
  const symmetric = Buffer.from(opened);
  const signature = Buffer.from(content.dataSignature, 'base64');
  const expected = createHmac('sha256', symmetric).update(data).digest();
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw new Error('its signature is wrong');
  }
  if (symmetric.length !== 32) throw new Error('its key has a wrong length');
  const aes = createDecipheriv('aes-256-cbc', symmetric, symmetric.subarray(0, 16));
  return aes.update(data, undefined, 'utf8') + aes.final('utf8');
}
