/** HMAC-SHA256 (RFC 2104), which Espruino's crypto lacks, from its SHA-256. */

/** Whether this build of Espruino can sign at all: the one for ESP32_IDF4 has no SHA-256. */
export function canSign(): boolean {
  try {
    return !!require('crypto').SHA256;
  } catch (_) {
    return false;
  }
}

/** `salt` over the 64-byte key block, then `tail`, hashed. */
function digest(key: string, salt: number, tail: Uint8Array): Uint8Array {
  const block = new Uint8Array(64 + tail.length);
  for (let i = 0; i < 64; i++) block[i] = (i < key.length ? key.charCodeAt(i) : 0) ^ salt;
  block.set(tail, 64);
  return new Uint8Array(require('crypto').SHA256(block));
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += (256 + bytes[i]!).toString(16).substr(1);
  return text;
}

/** The hex HMAC of an ASCII text. The key is ASCII too, and at most one block, 64 characters, long. */
export function hmac(key: string, text: string): string {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return hex(digest(key, 0x5c, digest(key, 0x36, bytes)));
}

/**
 * Makes the 32 hex digits of each probe. They must never come twice, or an old answer of a bridge would be good
 * again, and Espruino's random numbers start from the same seed at each boot of an ESP32. So they are the HMAC of
 * a count: of boots, kept in Storage and written once per boot, and of probes since.
 */
export function createNonces(key: string): () => string {
  const storage = require('Storage');
  const boots = (parseInt(storage.read('boots') || '0', 10) || 0) + 1;
  storage.write('boots', '' + boots);
  let count = 0;
  return () => {
    count++;
    return hmac(key, 'nonce|' + boots + '|' + count + '|' + getTime() + '|' + E.hwRand()).substr(0, 32);
  };
}
