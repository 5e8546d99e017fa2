/** Lamps' keys and consumers' passwords. Keys are kept as they are (both sides need them), passwords only hashed. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Store } from '../store.ts';
import type { Access } from './access.ts';

const file = 'accounts.json';

interface Stored {
  lamps: Record<string, { key: string }>;
  users: Record<string, { sha256: string }>;
}

export interface Accounts {
  /** A lamp's key, as it was shown when it was minted. */
  keyOf(light: string): string | undefined;
  /** The access of a consumer whose password this is. */
  accessOf(username: string, password: string): Access | undefined;
  /** Whether this is the minted password of another maker's lamp. */
  isPasswordOf(light: string, password: string): boolean;
  /** Calls with the name of each lamp or consumer whose secret is void from now on. */
  onRevoked(listener: (name: string) => void): () => void;
  hasPassword(username: string): boolean;
  /** Makes a new key of 128 random bits for a lamp; the one before is void at once. */
  mintLamp(light: string): Promise<string>;
  /** Makes a new password of 128 random bits for a consumer; the one before is void at once. */
  mintUser(username: string): Promise<string>;
  removeLamp(light: string): Promise<void>;
  removeUser(username: string): Promise<void>;
}

/** `users` are the consumers of the configuration; one without a password there needs a minted one. */
export function openAccounts(
  store: Store,
  users: readonly { username: string; password?: string; access: Access }[],
): Accounts {
  const stored = store.read<Stored>(file, isStored) ?? { lamps: {}, users: {} };
  const lamps = new Map(Object.entries(stored.lamps));
  const minted = new Map(Object.entries(stored.users));
  const configured = new Map(users.map((user) => [user.username, user]));

  const listeners = new Set<(name: string) => void>();
  const revoked = (name: string) => {
    for (const listener of listeners) listener(name);
  };

  const save = () =>
    store.write(file, { lamps: Object.fromEntries(lamps), users: Object.fromEntries(minted) });
  const hashOf = (username: string): string | undefined => {
    const chosen = configured.get(username)?.password;
    return chosen === undefined ? minted.get(username)?.sha256 : sha256(chosen);
  };

  function isPassword(username: string, password: string): boolean {
    // An unknown name costs the same comparison, so that time does not tell names.
    const expected = hashOf(username) ?? sha256(randomBytes(16).toString('hex'));
    return timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(sha256(password), 'hex'));
  }

  return {
    keyOf: (light) => lamps.get(light)?.key,
    accessOf(username, password) {
      return isPassword(username, password) ? configured.get(username)?.access : undefined;
    },
    isPasswordOf: isPassword,
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hasPassword: (username) => hashOf(username) !== undefined,
    async mintLamp(light) {
      const key = randomBytes(16).toString('hex');
      lamps.set(light, { key });
      await save();
      revoked(light);
      return key;
    },
    async mintUser(username) {
      const password = randomBytes(16).toString('base64url');
      minted.set(username, { sha256: sha256(password) });
      await save();
      revoked(username);
      return password;
    },
    async removeLamp(light) {
      if (!lamps.delete(light)) return;
      await save();
      revoked(light);
    },
    async removeUser(username) {
      if (!minted.delete(username)) return;
      await save();
      revoked(username);
    },
  };
}

/** Every key and hash is a text; anything else would be a lamp or a consumer that can never log in. */
function isStored({ lamps, users }: Stored): boolean {
  return (
    Object.values(lamps).every(({ key }) => typeof key === 'string') &&
    Object.values(users).every((user) => /^[0-9a-f]{64}$/.test(user.sha256))
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
