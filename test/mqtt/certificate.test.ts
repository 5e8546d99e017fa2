import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brokerCertificate, caFile } from '../../bridge/mqtt/certificate.ts';
import { openStore } from '../../bridge/store.ts';

const dayMs = 24 * 3_600_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlight-certificate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (days: number) =>
  brokerCertificate(openStore(folder), () => Date.UTC(2026, 10, 23) + days * dayMs);

describe("the broker's own certificate", () => {
  it('is kept over restarts, its key for its owner only, and replaced well before its end', async () => {
    const first = await at(0);
    expect(await at(1)).toEqual(first);
    expect(statSync(join(folder, 'mqtt-key.pem')).mode & 0o777).toBe(0o600);
    expect(await at(750)).toEqual(first);
    const renewed = await at(790);
    expect(renewed.cert).not.toBe(first.cert);
    const ca = new X509Certificate(openStore(folder).readText(caFile)!);
    expect(new X509Certificate(renewed.cert).verify(ca.publicKey)).toBe(true);
  });

  it.each(['mqtt-cert.pem', 'mqtt-key.pem'])('is made anew when %s is damaged', async (file) => {
    const first = await at(0);
    writeFileSync(join(folder, file), 'not a PEM');
    expect((await at(1)).cert).not.toBe(first.cert);
  });

  it('is made anew under another CA', async () => {
    const first = await at(0);
    rmSync(join(folder, caFile));
    const next = await at(1);
    expect(next.cert).not.toBe(first.cert);
    const ca = new X509Certificate(openStore(folder).readText(caFile)!);
    expect(new X509Certificate(next.cert).verify(ca.publicKey)).toBe(true);
  });
});
