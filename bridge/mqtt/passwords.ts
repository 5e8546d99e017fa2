/** How passwords are kept: never as they are. Chosen ones cost a guesser scrypt; minted ones of 128 bits need only SHA-256. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** What is kept of a password, in hex. */
export type Secret = { sha256: string } | { salt: string; scrypt: string };

/** Node's cost (N = 16384, r = 8, p = 1): 16 MB for a moment, some 50 ms of a core that is not the event loop's. */
const scryptBytes = 32;
let last: Promise<unknown> = Promise.resolve();

/** One after the other: each takes 16 MB, and guesses must not take them all at once. */
function scryptOf(password: string, salt: string): Promise<Buffer> {
  const hashed = last.then(
    () =>
      new Promise<Buffer>((resolve, reject) =>
        scrypt(password, Buffer.from(salt, 'hex'), scryptBytes, (error, key) =>
          error ? reject(error) : resolve(key),
        ),
      ),
  );
  last = hashed.catch(() => {});
  return hashed;
}

/** Of a password that nobody can guess. */
export function secretOfMinted(password: string): Secret {
  return { sha256: sha256(password) };
}

/** Of a password that a person thought of. */
export async function secretOfChosen(password: string): Promise<Secret> {
  const salt = randomBytes(16).toString('hex');
  return { salt, scrypt: (await scryptOf(password, salt)).toString('hex') };
}

export async function matches(secret: Secret, password: string): Promise<boolean> {
  if ('sha256' in secret) return sameHex(secret.sha256, sha256(password));
  return sameHex(secret.scrypt, (await scryptOf(password, secret.salt)).toString('hex'));
}

/** Whether this was read from a file whole; anything else would be an account that can never log in. */
export function isSecret(value: unknown): value is Secret {
  const fields = value as Partial<Record<string, unknown>> | null | undefined;
  const isHash = (hash: unknown) => typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash);
  if (isHash(fields?.['sha256'])) return true;
  return isHash(fields?.['scrypt']) && /^[0-9a-f]{32}$/.test(String(fields?.['salt']));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function sameHex(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
}
