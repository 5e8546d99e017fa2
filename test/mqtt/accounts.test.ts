import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAccounts } from '../../bridge/mqtt/accounts.ts';
import { openStore, type Store } from '../../bridge/store.ts';

const chosen = 'correct horse';
const users = [
  { username: 'ha', password: 'in-the-file', access: 'control' as const },
  { username: 'reader', access: 'read' as const },
];

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlight-accounts-'));
  store = openStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const kept = () => readFileSync(join(folder, 'accounts.json'), 'utf8');

describe('a password', () => {
  it('that was chosen is kept with scrypt, never as it is, and good after a restart', async () => {
    await openAccounts(store, users).chooseUser('reader', chosen);
    expect(kept()).not.toContain(chosen);
    expect(JSON.parse(kept())).toMatchObject({
      users: { reader: { scrypt: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    });
    const accounts = openAccounts(store, users);
    expect(await accounts.accessOf('reader', chosen)).toBe('read');
    // The second time it is known, and still compared.
    expect(await accounts.accessOf('reader', chosen)).toBe('read');
    expect(await accounts.accessOf('reader', `${chosen} `)).toBeUndefined();
  });

  it('that was minted has 128 bits, is kept hashed, and voids the one before', async () => {
    const accounts = openAccounts(store, users);
    const first = await accounts.mintUser('reader');
    expect(Buffer.from(first, 'base64url')).toHaveLength(16);
    expect(kept()).not.toContain(first);
    expect(await accounts.accessOf('reader', first)).toBe('read');
    const second = await accounts.mintUser('reader');
    expect(await accounts.accessOf('reader', first)).toBeUndefined();
    expect(await accounts.accessOf('reader', second)).toBe('read');
  });

  it('is good for its own name only, and none is good for a name without one', async () => {
    const accounts = openAccounts(store, users);
    expect(await accounts.accessOf('ha', 'in-the-file')).toBe('control');
    expect(await accounts.accessOf('reader', 'in-the-file')).toBeUndefined();
    expect(await accounts.accessOf('reader', '')).toBeUndefined();
    expect(await accounts.accessOf('nobody', '')).toBeUndefined();
  });
});

describe('revoking', () => {
  it('shuts one consumer out at once, one with a password in the configuration, too', async () => {
    const accounts = openAccounts(store, users);
    const revoked: string[] = [];
    accounts.onRevoked((name) => revoked.push(name));
    expect(await accounts.accessOf('ha', 'in-the-file')).toBe('control');
    await accounts.removeUser('ha');
    expect(revoked).toEqual(['ha']);
    expect(await accounts.accessOf('ha', 'in-the-file')).toBeUndefined();
  });

  it('all at once voids every key and password, over a restart, until there are new ones', async () => {
    const accounts = openAccounts(store, users);
    const key = await accounts.mintLamp('door');
    const password = await accounts.mintUser('reader');
    const strip = await accounts.mintUser('strip');
    const revoked: string[] = [];
    accounts.onRevoked((name) => revoked.push(name));
    expect(await accounts.accessOf('reader', password)).toBe('read');
    const names = await accounts.revokeAll();
    expect(names.sort()).toEqual(['door', 'ha', 'reader', 'strip']);
    expect(revoked.sort()).toEqual(names);
    for (const now of [accounts, openAccounts(store, users)]) {
      expect(now.keyOf('door')).toBeUndefined();
      expect(await now.accessOf('ha', 'in-the-file')).toBeUndefined();
      expect(await now.accessOf('reader', password)).toBeUndefined();
      expect(await now.isPasswordOf('strip', strip)).toBe(false);
    }
    expect(kept()).not.toContain('in-the-file');
    expect(kept()).not.toContain(key);
    const changed = openAccounts(store, [{ ...users[0]!, password: 'another-one' }]);
    expect(await changed.accessOf('ha', 'another-one')).toBe('control');
  });
});
