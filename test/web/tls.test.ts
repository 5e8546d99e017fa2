import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, expect, it } from 'vitest';
import { type Ends, endAll, startBridge, temporaryFolder } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

it('serves the page over HTTPS where the configuration says so', async () => {
  const folder = temporaryFolder(ends);
  const pair = await generate([{ name: 'commonName', value: 'localhost' }]);
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(cert, pair.cert);
  writeFileSync(key, pair.private);
  const { urls } = await startBridge(ends, `web: { tls: { cert: "${cert}", key: "${key}" } }`);
  expect(urls.web).toMatch(/^https:/);
  const answer = await new Promise<{ status?: number; hsts: unknown }>((resolve, reject) => {
    const sent = request(
      `${urls.web}/healthz`,
      { ca: pair.cert, servername: 'localhost', checkServerIdentity: () => undefined },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode!, hsts: response.headers['strict-transport-security'] });
      },
    );
    sent.on('error', reject).end();
  });
  expect(answer).toEqual({ status: 200, hsts: 'max-age=31536000' });
});

it('refuses what is no certificate, by name', async () => {
  await expect(startBridge(ends, 'web: { tls: { cert: ./none.pem, key: ./none.pem } }')).rejects.toThrow(
    /web\.tls: .*none\.pem/,
  );
});
