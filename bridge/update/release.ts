/** What a release says of itself, and whether it is ours: release.json, and its Ed25519 signature beside it. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const Release = Type.Object({
  product: Type.Literal('doorlight'),
  version: Type.String({ pattern: '^\\d{1,5}\\.\\d{1,5}\\.\\d{1,5}$' }),
  /** ISO-8601 */
  madeAt: Type.String({ maxLength: 40 }),
  /** The day until which it gets security updates. */
  supportUntil: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' }),
  changes: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 50 }),
  packages: Type.Record(
    Type.String(),
    Type.Object({
      file: Type.String({ pattern: '^[A-Za-z0-9._-]{1,100}$' }),
      size: Type.Integer({ minimum: 1, maximum: 200_000_000 }),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    }),
  ),
});

export type Release = Static<typeof Release>;

/** Not ours, damaged, or older than what runs: nothing is changed. */
export class ReleaseError extends Error {}

/**
 * The release, once its signature is proven.
 * @param signature base64, over the very bytes of release.json
 * @param key the public key, PEM
 * @throws ReleaseError
 */
export function readRelease(bytes: Buffer, signature: string, key: string): Release {
  let good = false;
  try {
    good = verify(null, bytes, createPublicKey(key), Buffer.from(signature.trim(), 'base64'));
  } catch {
    // A key or a signature of another kind proves nothing.
  }
  if (!good) throw new ReleaseError('The release is not signed by the key of this machine: it is not taken.');
  const release: unknown = JSON.parse(bytes.toString('utf8'));
  if (!Value.Check(Release, release))
    throw new ReleaseError('The release is signed, but of a form that this version does not know.');
  return release;
}

/** @throws ReleaseError when the package is not the one that was signed */
export function checkPackage(bytes: Buffer, expected: { size: number; sha256: string }): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== expected.size || sha256 !== expected.sha256)
    throw new ReleaseError('The package is not the one that was signed: it is not taken.');
}

/** Positive when `a` is the newer version; anything after the numbers, such as -beta, is left out. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => version.split(/[-+]/)[0]!.split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
