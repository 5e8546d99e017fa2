import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEncryptionKeys } from '../../bridge/graph/encryption-key.ts';
import { openEnvelope } from '../../bridge/graph/envelope.ts';
import { openStore, type Store } from '../../bridge/store.ts';
import { encryptContent, readEncryptionCertificate } from '../../simulator/graph/subscriptions/encryption.ts';
import { createFakeClock } from '../fake-clock.ts';

const hourMs = 3_600_000;
let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlight-keys-'));
  store = openStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('opens what was encrypted for the old key as long as Graph may still send it, over a restart too', async () => {
  const clock = createFakeClock();
  const keys = await openEncryptionKeys(store, clock, 24 * hourMs);
  const first = keys.current();
  const old = encryptContent({ id: 'a' }, readEncryptionCertificate(first.certificate, first.id));
  await clock.advance(24 * hourMs);
  const second = await keys.fresh();
  expect(second.id).not.toBe(first.id);
  expect(await keys.fresh()).toBe(second);
  await clock.advance(5 * hourMs);
  const again = await openEncryptionKeys(store, clock, 24 * hourMs);
  for (const each of [keys, again]) {
    expect(await openEnvelope(old, each)).toBe('{"id":"a"}');
    expect(each.current().id).toBe(second.id);
  }
  await clock.advance(hourMs);
  await expect(openEnvelope(old, again)).rejects.toThrow(/another certificate/);
  await clock.advance(24 * hourMs);
  await again.fresh();
  expect(readFileSync(join(folder, 'graph-encryption.json'), 'utf8')).not.toContain(first.id);
});
