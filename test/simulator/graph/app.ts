import { constants, createDecipheriv, createHmac, privateDecrypt } from 'node:crypto';
import { generate } from 'selfsigned';
import { userIds } from '../../../simulator/graph/stand-in.ts';

/** What an app that subscribes needs: a certificate, and the way to read what is encrypted for it. */
export async function createApp(keySize = 2048) {
  const pems = await generate([{ name: 'commonName', value: 'doorlight' }], { keySize, algorithm: 'sha256' });
  const encryptionCertificate = pems.cert.replaceAll(/-----[^-]+-----|\s/g, '');

  return {
    encryptionCertificate,
    /** "Decrypting resource data from change notifications", step by step. */
    decrypt(content: { data: string; dataKey: string; dataSignature: string }): Record<string, unknown> {
      const key = privateDecrypt(
        { key: pems.private, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
        Buffer.from(content.dataKey, 'base64'),
      );
      const data = Buffer.from(content.data, 'base64');
      const signature = createHmac('sha256', key).update(data).digest('base64');
      if (signature !== content.dataSignature) throw new Error('The signature does not match.');
      const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16));
      return JSON.parse(Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8'));
    },
    rich: { includeResourceData: true, encryptionCertificate, encryptionCertificateId: 'cert-1' },
  };
}

/** The filter form of a presence subscription's resource. */
export function presencesOf(ids: readonly string[]): string {
  return `/communications/presences?$filter=id in (${ids.map((id) => `'${id}'`).join(',')})`;
}

/** A good body for `POST /subscriptions`: alice and bob, 59 minutes from `now`. */
export function subscriptionBody(notificationUrl: string, now: number): Record<string, unknown> {
  return {
    changeType: 'updated',
    notificationUrl,
    resource: presencesOf([userIds.alice, userIds.bob]),
    expirationDateTime: new Date(now + 59 * 60_000).toISOString(),
    clientState: 'a secret',
  };
}
