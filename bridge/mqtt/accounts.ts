/** Lamps' keys and consumers' passwords. Keys are kept as they are (both sides need them), passwords only hashed. */
import { createHash, randomBytes } from 'node:crypto';
import type { Store } from '../store.ts';
import type { Access } from './access.ts';
import { isSecret, matches, type Secret, secretOfChosen, secretOfMinted } from './passwords.ts';

const file = 'accounts.json';

interface Stored {
  lamps: Record<string, { key: string }>;
  users: Record<string, Secret>;
  /** Passwords that stand in the configuration and are good no more, by user name. */
  void?: Record<string, Secret>;
}

export interface Accounts {
  /** A lamp's key, as it was shown when it was minted. */
  keyOf(light: string): string | undefined;
  /** The access of a consumer whose password this is. */
  accessOf(username: string, password: string): Promise<Access | undefined>;
  /** Whether this is the password of another maker's lamp. */
  isPasswordOf(light: string, password: string): Promise<boolean>;
  /** Calls with the name of each lamp or consumer whose secret is void from now on. */
  onRevoked(listener: (name: string) => void): () => void;
  hasPassword(username: string): boolean;
  /** Other consumers than before; who is none any more, or may do something else, is cut off. */
  configure(users: readonly { username: string; password?: string; access: Access }[]): void;
  /** Makes a new key of 128 random bits for a lamp; the one before is void at once. */
  mintLamp(light: string): Promise<string>;
  /** Makes a new password of 128 random bits for a consumer; the one before is void at once. */
  mintUser(username: string): Promise<string>;
  /** Keeps a password that a person chose; the one before is void at once. */
  chooseUser(username: string, password: string): Promise<void>;
  removeLamp(light: string): Promise<void>;
  /** Shuts a consumer out at once, one with a password in the configuration, too. */
  removeUser(username: string): Promise<void>;
  /** Voids every key and password at once; resolves with the names whose secret it was. */
  revokeAll(): Promise<string[]>;
}

/** `users` are the consumers of the configuration; one without a password there needs one of these. */
export function openAccounts(
  store: Store,
  users: readonly { username: string; password?: string; access: Access }[],
): Accounts {
  const stored = store.read<Stored>(file, isStored) ?? { lamps: {}, users: {} };
  const lamps = new Map(Object.entries(stored.lamps));
  const secrets = new Map(Object.entries(stored.users));
  const voided = new Map(Object.entries(stored.void ?? {}));
  let configured = new Map(users.map((user) => [user.username, user]));
  /** Passwords that were found good, hashed: who comes back need not cost scrypt again. */
  const known = new Map<string, string>();

  const listeners = new Set<(name: string) => void>();
  const revoked = (name: string) => {
    known.delete(name);
    for (const listener of listeners) listener(name);
  };

  const save = () =>
    store.write(file, {
      lamps: Object.fromEntries(lamps),
      users: Object.fromEntries(secrets),
      ...(voided.size > 0 ? { void: Object.fromEntries(voided) } : {}),
    });

  const chosenOf = (username: string): Secret | undefined => {
    const password = configured.get(username)?.password;
    return password === undefined ? undefined : secretOfMinted(password);
  };

  async function isPassword(username: string, password: string): Promise<boolean> {
    const short = createHash('sha256').update(password).digest('base64');
    if (known.get(username) === short) return true;
    // An unknown name costs a comparison, too, so that time does not tell names.
    const secret = chosenOf(username) ?? secrets.get(username) ?? nobody;
    if (!(await matches(secret, password)) || secret === nobody) return false;
    const gone = voided.get(username);
    if (gone && (await matches(gone, password))) return false;
    known.set(username, short);
    return true;
  }

  async function keep(username: string, secret: Secret): Promise<void> {
    secrets.set(username, secret);
    await save();
    revoked(username);
  }

  /** A password in the configuration cannot be taken out of it from here; so it is remembered as void. */
  async function voidConfigured(username: string): Promise<boolean> {
    const password = configured.get(username)?.password;
    if (password === undefined) return false;
    voided.set(username, await secretOfChosen(password));
    return true;
  }

  return {
    keyOf: (light) => lamps.get(light)?.key,
    async accessOf(username, password) {
      return (await isPassword(username, password)) ? configured.get(username)?.access : undefined;
    },
    isPasswordOf: isPassword,
    configure(next) {
      const before = configured;
      configured = new Map(next.map((user) => [user.username, user]));
      for (const [name, user] of before) {
        if (JSON.stringify(configured.get(name)) !== JSON.stringify(user)) revoked(name);
      }
    },
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hasPassword: (username) => chosenOf(username) !== undefined || secrets.has(username),
    async mintLamp(light) {
      const key = randomBytes(16).toString('hex');
      lamps.set(light, { key });
      await save();
      revoked(light);
      return key;
    },
    async mintUser(username) {
      const password = randomBytes(16).toString('base64url');
      await keep(username, secretOfMinted(password));
      return password;
    },
    async chooseUser(username, password) {
      await keep(username, await secretOfChosen(password));
    },
    async removeLamp(light) {
      if (!lamps.delete(light)) return;
      await save();
      revoked(light);
    },
    async removeUser(username) {
      const had = secrets.delete(username);
      // The user is leaving the file; only this bridge, which has read it already, must not let it in.
      if (!configured.delete(username) && !had) return;
      await save();
      revoked(username);
    },
    async revokeAll() {
      const withPassword = [];
      for (const username of configured.keys()) {
        if (await voidConfigured(username)) withPassword.push(username);
      }
      const names = [...new Set([...lamps.keys(), ...secrets.keys(), ...withPassword])];
      lamps.clear();
      secrets.clear();
      await save();
      for (const name of names) revoked(name);
      return names;
    },
  };
}

/** The hash of no password. */
const nobody: Secret = { sha256: '0'.repeat(64) };

function isStored({ lamps, users, void: gone = {} }: Stored): boolean {
  return (
    Object.values(lamps).every(({ key }) => typeof key === 'string') &&
    [...Object.values(users), ...Object.values(gone)].every(isSecret)
  );
}
