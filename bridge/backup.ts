/** A backup: everything that a move to a new card needs, in one file that only its passphrase opens. */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';

/** Text or bytes by path, relative to the configuration file (`config`), the data directory (`data`). */
export interface Kept {
  config: { [path: string]: Buffer };
  data: { [path: string]: Buffer };
}

/** The file is none of ours, damaged, or another passphrase's. */
export class BackupError extends Error {}

const magic = 'doorlight-backup';
export const shortestPassphrase = 10;
/** OWASP's first choice for scrypt: 128 MiB, about half a second on a Pi 4. */
const cost = { N: 2 ** 17, r: 8, p: 1 };
const maxmem = 300 * 1024 * 1024;
/** A file that asks for more is somebody's attempt to exhaust us. */
const mostN = 2 ** 18;
const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

interface Header {
  format: string;
  version: number;
  madeAt: string;
  doorlight: string;
  scrypt: { N: number; r: number; p: number; salt: string };
  iv: string;
}

/** One line of header, then the bytes of AES-256-GCM over the gzipped files; the header is authenticated, too. */
export async function sealBackup(
  kept: Kept,
  passphrase: string,
  about: { madeAt: string; doorlight: string },
): Promise<Buffer> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const header: Header = {
    format: magic,
    version: 1,
    ...about,
    scrypt: { ...cost, salt: salt.toString('base64') },
    iv: iv.toString('base64'),
  };
  const line = Buffer.from(`${JSON.stringify(header)}\n`);
  const key = await keyOf(passphrase, salt, cost);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(line);
  const plain = gzipSync(JSON.stringify({ config: asBase64(kept.config), data: asBase64(kept.data) }));
  return Buffer.concat([line, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws BackupError */
export async function openBackup(
  bytes: Buffer,
  passphrase: string,
): Promise<Kept & { madeAt: string; doorlight: string }> {
  const end = bytes.indexOf(10) + 1;
  const header = headerOf(bytes.subarray(0, end));
  const { N, r, p, salt } = header.scrypt;
  const key = await keyOf(passphrase, Buffer.from(salt, 'base64'), { N, r, p });
  const body = bytes.subarray(end, -16);
  let plain: Buffer;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(header.iv, 'base64'))
      .setAAD(bytes.subarray(0, end))
      .setAuthTag(bytes.subarray(-16));
    plain = Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    throw new BackupError(
      'The passphrase is wrong, or the backup was changed or cut short: nothing was restored.',
    );
  }
  const { config, data } = JSON.parse(gunzipSync(plain).toString('utf8')) as Record<
    string,
    Record<string, string>
  >;
  const { madeAt, doorlight } = header;
  return { config: fromBase64(config!), data: fromBase64(data!), madeAt, doorlight };
}

function keyOf(passphrase: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> {
  return derive(passphrase.normalize('NFC'), salt, 32, { N, r, p, maxmem });
}

function headerOf(line: Buffer): Header {
  try {
    const header = JSON.parse(line.toString('utf8')) as Header;
    if (header.format !== magic) throw new Error();
    if (header.version !== 1) {
      throw new BackupError(
        `This backup is of form ${header.version}: a newer Doorlight made it, restore it there.`,
      );
    }
    const { N, r, p, salt } = header.scrypt;
    // scrypt takes powers of two only, RFC 7914.
    const sound = Number.isInteger(Math.log2(N)) && N > 1 && N <= mostN && r === cost.r && p === cost.p;
    if (!sound || typeof salt !== 'string' || typeof header.iv !== 'string') throw new Error();
    return header;
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError('This is no backup of Doorlight.');
  }
}

function asBase64(files: { [path: string]: Buffer }): { [path: string]: string } {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, bytes.toString('base64')]));
}

function fromBase64(files: { [path: string]: string }): { [path: string]: Buffer } {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text, 'base64')]));
}
