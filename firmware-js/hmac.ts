/** HMAC-SHA256 (RFC 2104), which Espruino's crypto lacks, from its SHA-256. */
import { lampFiles } from '../protocol/lamp-admin.ts';
import { save } from './files.ts';

/** Whether this build of Espruino can sign at all: the one for ESP32_IDF4 has no SHA-256. */
export function canSign(): boolean {
  try {
    return !!require('crypto').SHA256;
  } catch (_) {
    return false;
  }
}

/** `salt` over the 64-byte key block, then `tail`, hashed. */
function digest(key: string, salt: number, tail: string | Uint8Array): Uint8Array {
  const block = new Uint8Array(64).fill(salt);
  for (let i = 0; i < key.length; i++) block[i]! ^= key.charCodeAt(i);
  return new Uint8Array(require('crypto').SHA256(E.toUint8Array(block, tail)));
}

/** The hex HMAC of a text of bytes. The key is ASCII, and at most one block, 64 characters, long. */
export function hmac(key: string, text: string): string {
  const bytes = digest(key, 0x5c, digest(key, 0x36, text));
  let hex = '';
  for (let i = 0; i < 32; i++) hex += (256 + bytes[i]!).toString(16).substr(1);
  return hex;
}

/**
 * Makes the 32 hex digits of each probe. They must never come twice, or an old answer of a bridge would be good
 * again, and Espruino's random numbers start from the same seed at each boot of an ESP32. So they are the HMAC of
 * a count: of boots, kept in Storage and written once per boot, and of probes since.
 */
export function createNonces(key: string): () => string {
  const boots = (parseInt(require('Storage').read(lampFiles.starts) || '0', 10) || 0) + 1;
  save(lampFiles.starts, '' + boots, 0, 0);
  let count = 0;
  return () => {
    count++;
    return hmac(key, 'nonce|' + boots + '|' + count + '|' + getTime() + '|' + E.hwRand()).substr(0, 32);
  };
}
