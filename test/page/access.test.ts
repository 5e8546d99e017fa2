/** For everybody: axe on every page in both schemes, keys alone, less motion, German; and the weight of it all. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from './browser.ts';
import { createConfig } from './config.ts';
import { people, type Routes, startMock } from './mock.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const step = (done: boolean) => ({ done });
const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
const routes: Routes = {
  'GET /api/appliance': {
    body: {
      version: '0.1.0',
      supportUntil: '2028-11-24',
      changes: ['Lights are lighter.'],
      troubles: [{ what: 'disk', text: 'The disk is full: make room.' }],
      updates: {
        possible: true,
        automatic: true,
        putOffUntil: null,
        available: null,
        last: null,
        checkedAt: null,
      },
    },
  },
  'GET /api/setup': {
    body: {
      setUp: true,
      steps: { microsoft: step(true), signIn: step(true), people: step(true), lights: step(true) },
      registration: {
        permissions: [
          { name: 'Presence.Read.All', type: 'delegated', why: 'reads presence', adminConsent: true },
        ],
        redirectUris: ['http://localhost:8080/api/sign-in/back'],
        portalUrl: 'https://entra.microsoft.com/',
        consentUrl: null,
      },
    },
  },
  'GET /api/updates': {
    body: {
      update: {
        ...{ id: 'u1', version: '1.3.0', bytes: 14_000, force: false, startedAt: '2026-11-23T09:00:00Z' },
        state: 'done',
        lamps: [{ light: 'door-alice', state: 'done', sent: 14_000, from: '1.2.0', error: null }],
      },
    },
  },
  'GET /api/sign-in': {
    body: [
      {
        account: 'main',
        way: 'device-code',
        status: 'needed',
        prompt: {
          userCode: 'ABCD-EFGH',
          verificationUri: 'https://microsoft.com/devicelogin',
          expiresAt: inAnHour,
        },
      },
    ],
  },
  'GET /api/found': {
    body: {
      lights: [
        {
          ...{ ref: 'wled:0123450a1b2c', kinds: ['wled'], name: 'Desk', at: '192.0.2.9' },
          ...{ protocol: null, blinks: true, light: null },
        },
      ],
      searching: false,
    },
  },
  'GET /api/looks': { status: 503, body: { error: 'Not now.' } },
  'GET /api/links': {
    body: [
      {
        id: 'x',
        kind: 'person',
        of: 'alice',
        name: 'Alice Ng',
        createdAt: '2026-11-23T09:00:00Z',
        usedAt: null,
      },
    ],
  },
  'GET /api/tokens': {
    body: [{ id: 'y', name: 'script', scope: 'read', createdAt: '2026-11-23T09:00:00Z', usedAt: null }],
  },
  'GET /api/health/lights': {
    body: [
      {
        light: 'door-alice',
        wrong: true,
        links: [
          { part: 'graph', ok: true, age: 4, code: 'push', says: 'Graph answers.' },
          { part: 'rules', ok: true, age: null, code: 'people', says: 'It shows Alice Ng: busy.' },
          {
            part: 'lamp',
            ok: false,
            age: 400,
            code: 'lamp-gone',
            says: 'Nothing heard.',
            mend: 'Is it plugged in?',
          },
        ],
      },
    ],
  },
  'GET /api/me': {
    body: {
      person: people[0],
      share: { granted: 'status', own: null, inForce: 'status' },
      paused: null,
      left: false,
      lights: [{ id: 'door-alice', name: 'Room 204', show: null }],
    },
  },
  'GET /api/board': { body: { name: 'Reception', people: [], lights: [] } },
};

const pages: Record<string, string> = {
  '/': 'Alice Ng',
  '/health': 'Is it plugged in?',
  '/settings': 'Quiet hours',
  '/settings/people': 'Bob Okafor',
  '/settings/lights': 'Add a light',
  '/settings/looks': 'Presenting',
  '/settings/quiet': 'Dark from',
  '/settings/links': 'For a reception',
  '/settings/notify': 'Add a receiver',
  '/settings/microsoft': 'App registration',
  '/settings/page': 'Language',
  '/settings/machine': 'Install updates by itself',
  '/setup/microsoft': 'Presence.Read.All',
  '/setup/sign-in': 'Copy this code',
  '/setup/people': 'Name or address',
  '/setup/light': 'A phone or tablet',
  '/setup/done': 'To the board',
  '/me/some-token': 'What others may see',
  '/lamp/phone': 'Unknown',
  '/pair/phone': 'Make it a lamp',
};

describe.skipIf(!found)(`the page for everybody${why}`, () => {
  let browser: Browser;
  let mock: Awaited<ReturnType<typeof startMock>>;

  beforeAll(async () => {
    browser = await launch();
    mock = await startMock({ ...createConfig().routes, ...routes });
  });
  afterAll(async () => {
    await browser?.close();
    mock?.stop();
  });

  it.each([
    ['dark', 390],
    ['light', 390],
    ['dark', 1280],
    ['light', 1280],
  ] as const)('axe finds nothing on any page, %s at %i pixels', async (colorScheme, width) => {
    const { page, faults } = await visit(browser, { colorScheme, viewport: { width, height: 844 } });
    for (const [path, text] of Object.entries(pages)) {
      // The demo has nothing to move to another card.
      const info = {
        version: '0.1.0',
        demo: path !== '/settings/machine',
        claimed: true,
        signedIn: true,
        setUp: false,
      };
      mock.routes['GET /api/info'] = { body: info };
      await page.goto(new URL(path, mock.url).href);
      await page.getByText(text).first().waitFor();
      for (const more of await page.locator('summary').all()) await more.click();
      // What fades in is measured when it is there.
      await page.evaluate(`Promise.all(document.getAnimations().map((one) => one.finish()))`);
      await page.evaluate(axe);
      const broken = (await page.evaluate(
        `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
      )) as string[];
      expect(broken, path).toEqual([]);
      const overflow = (await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number;
      expect(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
    }
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('speaks German to a browser that does, and keeps a choice of language', async () => {
    const { page } = await visit(browser, { locale: 'de-DE' });
    await page.goto(mock.url);
    await page.getByText('Verfügbar').first().waitFor();
    expect(await page.getAttribute('html', 'lang')).toBe('de');
    await page.goto(`${mock.url}health`);
    await page.getByText('Das Licht ist nicht da.').waitFor();
    await page.getByText('It shows Alice Ng: busy.').waitFor();
    expect(await page.getByText('Is it plugged in?').count()).toBe(0);
    await page.goto(`${mock.url}settings/page`);
    await page.getByLabel('Sprache').selectOption('en');
    await page.getByLabel('Language').waitFor();
    await page.goto(mock.url);
    await page.getByText('Available').first().waitFor();
    await page.context().close();
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await visit(browser);
    await page.goto(mock.url);
    await page.getByText('Alice Ng').first().waitFor();
    const focused = () =>
      page.evaluate(
        `document.activeElement.getAttribute('aria-label') || document.activeElement.textContent`,
      );
    const seen = new Set<string>();
    for (let tab = 0; tab < 20; tab++) {
      await page.keyboard.press('Tab');
      seen.add((await focused()) as string);
      if (seen.has('More on Alice Ng')) break;
    }
    expect([...seen]).toEqual(expect.arrayContaining(['Settings', 'Doors', 'More on Alice Ng']));
    await page.keyboard.press('Enter');
    await page.getByRole('group', { name: 'Set by hand' }).waitFor();
    await page.context().close();
  });

  it('keeps a moving lamp still for whom motion hurts', async () => {
    const { page } = await visit(browser, { reducedMotion: 'reduce' });
    await page.goto(mock.url);
    await page.locator('#light-door-alice canvas').waitFor();
    const pulsing = { ...mock.routes, state: 'ON', color_mode: 'rgb', color: { r: 255, g: 0, b: 0 } };
    mock.send('light', {
      id: 'door-alice',
      name: 'Room 204',
      kind: 'espruino',
      class: 'own',
      shows: [],
      online: true,
      show: null,
      state: { ...pulsing, brightness: 255, effect: 'pulse' },
    });
    await page.locator('canvas[aria-label="Lamp: red, pulsing"]').waitFor();
    const frames = (await page.evaluate(`new Promise((resolve) => {
      const canvas = document.querySelector('#light-door-alice canvas');
      const seen = new Set();
      let left = 40;
      const look = () => {
        const at = [canvas.width * 0.5 + canvas.height * 0.08, canvas.height * 0.15];
        seen.add([...canvas.getContext('2d').getImageData(at[0], at[1], 1, 1).data].join());
        if (--left > 0) requestAnimationFrame(look);
        else resolve([...seen]);
      };
      requestAnimationFrame(() => requestAnimationFrame(look));
    })`)) as string[];
    expect(frames).toHaveLength(1);
    await page.context().close();
  });

  it('weighs under 60 KB compressed, all rooms and languages together', () => {
    const bytes = readdirSync(mock.folder)
      .filter((name) => name.endsWith('.gz'))
      .reduce((sum, name) => sum + statSync(join(mock.folder, name)).size, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(60_000);
  });

  it('opens the board with few requests, none of them elsewhere', async () => {
    const { page } = await visit(browser);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(mock.url);
    await page.getByText('Alice Ng').first().waitFor();
    expect(asked.filter((url) => !url.startsWith(mock.url))).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(10);
    await page.context().close();
  });
});
