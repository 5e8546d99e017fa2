import { chromium } from 'playwright-core';
import { it } from 'vitest';
import { startMock, type Routes } from './mock.ts';
const config = { file: 'doorlight.yaml', etag: '"1"', editable: true, restart: [], value: {
  microsoft: { tenant: 'contoso.onmicrosoft.com', clientId: '11111111-2222-3333-4444-555555555555', cloud: 'global', signIn: 'device-code' },
  source: { mode: 'auto', pollSeconds: 15, reconcileSeconds: 60, staleAfterSeconds: 120 },
  people: [{ id: 'alice', user: 'alice@contoso.com', name: 'Alice Ng', share: 'full' }, { id: 'bob', user: 'bob@contoso.com', name: 'Bob Okafor', share: 'status' }],
  lights: [{ id: 'door-alice', kind: 'espruino', name: 'Room 204', shows: ['alice'], combine: 'busiest', brightness: 1, leds: { count: 12, pin: 13, order: 'grb' } }, { id: 'door-bob', kind: 'page', name: 'Room 206', shows: ['bob'], combine: 'busiest', brightness: 1 }],
  quiet: [{ lights: 'all', zone: 'Europe/Berlin', days: ['mon-fri'], dark: '19:00-07:30' }], notify: [], colorBlind: false, web: {} } };
const step = (done: boolean) => ({ done, count: 1 });
const routes: Routes = {
  'GET /api/config': { body: config, headers: { etag: '"1"' } },
  'GET /api/setup': { body: { setUp: true, steps: { microsoft: step(false), signIn: step(false), people: step(false), lights: step(false) }, registration: { permissions: [{ name: 'Presence.Read.All', type: 'delegated', why: 'reads everybody’s presence', adminConsent: true }, { name: 'User.ReadBasic.All', type: 'delegated', why: 'finds people by name', adminConsent: false }], redirectUris: ['http://localhost:8080/api/sign-in/back'], portalUrl: 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps', consentUrl: null } } },
  'GET /api/sign-in': { body: [{ account: 'main', way: 'device-code', status: 'needed', prompt: { userCode: 'ABCD-EFGH', verificationUri: 'https://microsoft.com/devicelogin', expiresAt: new Date(Date.now() + 900000).toISOString() } }] },
  'GET /api/found': { body: { wled: [{ topic: 'wled/0a1b2c', name: 'Desk', known: null }] } },
  'GET /api/links': { body: [{ id: 'x', kind: 'person', of: 'alice', name: 'Alice Ng', createdAt: '2026-11-23T09:00:00Z', usedAt: null }] },
  'GET /api/tokens': { body: [] },
  'GET /api/health/lights': { body: [{ light: 'door-alice', wrong: false, links: [{ part: 'graph', ok: true, age: 4, code: 'ok', says: 'Graph answers.' }, { part: 'bridge', ok: true, age: 0, code: 'ok', says: 'It knows that Alice is available.' }, { part: 'broker', ok: true, age: 2, code: 'ok', says: 'Told the lamp.' }, { part: 'lamp', ok: true, age: 8, code: 'ok', says: 'Shows it.' }] }, { light: 'door-bob', wrong: true, links: [{ part: 'graph', ok: true, age: 4, code: 'ok', says: 'Graph answers.' }, { part: 'lamp', ok: false, age: 400, code: 'offline', says: 'Nothing heard of it.', mend: 'Is it plugged in, and on the Wi-Fi?' }] }] },
  'GET /api/me': { body: { person: { id: 'alice', name: 'Alice Ng', status: 'call', since: new Date(Date.now() - 600000).toISOString(), checkedAt: new Date().toISOString(), fresh: true, source: 'push', override: null }, share: { granted: 'status', own: null, inForce: 'status' }, paused: null, left: false, lights: [{ id: 'door-alice', name: 'Room 204', show: { state: 'ON', color_mode: 'rgb', color: { r: 255, g: 0, b: 0 }, brightness: 255, effect: 'pulse' } }] } },
};
it('looks', async () => {
  const mock = await startMock(routes);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  for (const [scheme, width, height] of [['dark', 390, 844], ['light', 390, 844], ['dark', 1280, 800], ['light', 1280, 800]] as const) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, locale: process.env['LOC'] ?? 'en-GB' });
    page.on('pageerror', (error) => console.log(error.message));
    page.on('console', (m) => m.type() === 'error' && console.log(m.text()));
    for (const path of (process.env['PATHS'] ?? '/,/setup,/setup/sign-in,/settings,/settings/people,/settings/lights,/settings/looks,/settings/quiet,/settings/links,/health,/me/tok,/lamp/door-alice,/pair/door-alice').split(',')) {
      await page.goto(new URL(path, mock.url).href);
      await page.waitForTimeout(500);
      for (const s of await page.locator('summary').all()) if (process.env['OPEN']) await s.click();
      await page.waitForTimeout(300);
      await page.screenshot({ path: `/tmp/7a-shots/${path.replaceAll('/', '_')}-${scheme}-${width}.png`, fullPage: path !== '/x' });
    }
    await page.close();
  }
  await browser.close();
  mock.stop();
});
