/** What the first run asks and finds: who signed in, and lights that show themselves. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from './browser.ts';
import { createConfig } from './config.ts';
import { type Reply, startMock } from './mock.ts';

const step = { done: true };
const signedIn = { account: 'main', way: 'device-code', status: 'ok', username: 'svc@contoso.com' };
const wled = {
  ...{ ref: 'wled:0123450a1b2c', kinds: ['wled'], name: 'Desk strip', at: '192.0.2.9' },
  ...{ protocol: null, blinks: true, light: null },
};

describe.skipIf(!found)(`the steps of the first run${why}`, () => {
  let browser: Browser;
  let page: Page;
  let mock: Awaited<ReturnType<typeof startMock>>;
  let file: ReturnType<typeof createConfig>;
  let faults: string[];

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    file = createConfig();
    mock = await startMock({
      ...file.routes,
      'GET /api/setup': {
        body: {
          setUp: true,
          steps: { microsoft: step, signIn: step, people: step, lights: step },
          registration: { permissions: [], redirectUris: [], portalUrl: '', consentUrl: null },
        },
      },
      'GET /api/found': {
        body: {
          lights: [wled, { ...wled, ref: 'hid', kinds: ['hid'], name: 'Cube', blinks: false }],
          searching: false,
        },
      },
    });
    ({ page, faults } = await visit(browser, { viewport: { width: 390, height: 844 } }));
  });
  afterEach(async () => {
    await page.context().close();
    mock.stop();
    expect(faults).toEqual([]);
  });

  it('asks whether who signed in is the right one, while it works already', async () => {
    const says = (body: object): Reply => ({ body: [body] });
    mock.routes['GET /api/sign-in'] = says({ ...signedIn, toConfirm: 'svc@contoso.com' });
    mock.routes['POST /api/sign-in/main/confirm'] = () => {
      mock.routes['GET /api/sign-in'] = says(signedIn);
      mock.send('sign-in', [signedIn]);
      return { status: 204 };
    };
    await page.goto(`${mock.url}setup/sign-in`);
    await page.getByText('svc@contoso.com has signed in. Is this the account to use?').waitFor();
    expect(await page.getByRole('button', { name: 'Sign it out' }).count()).toBe(0);
    mock.send('sign-in', [{ ...signedIn, toConfirm: 'svc@contoso.com' }]);
    await page.locator('button:disabled', { hasText: 'Go on' }).waitFor();
    await page.getByRole('button', { name: 'Use this account' }).click();
    await page.getByText('Signed in as svc@contoso.com.').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.waitForURL('**/setup/people');
  });

  it('drops who was the wrong one', async () => {
    mock.routes['GET /api/sign-in'] = { body: [{ ...signedIn, toConfirm: 'eve@contoso.com' }] };
    await page.goto(`${mock.url}setup/sign-in`);
    await page.getByRole('button', { name: 'Not this one' }).click();
    await expect.poll(() => mock.asked.at(-1)).toMatchObject({ path: '/api/sign-in/main/drop' });
  });

  it('lets a found light flash, adopts it in one step, and says why it would not', async () => {
    await page.goto(`${mock.url}setup/light`);
    await page.getByLabel('Cube').check();
    await page.getByRole('button', { name: 'Add this light' }).waitFor();
    expect(await page.getByRole('button', { name: 'Let it flash' }).count()).toBe(0);
    await page.getByLabel('Desk strip').check();
    mock.routes['POST /api/found/identify'] = { status: 409, body: { error: 'It does not answer.' } };
    await page.getByRole('button', { name: 'Let it flash' }).click();
    await page.getByText('It does not answer.').waitFor();
    mock.routes['POST /api/found/identify'] = { status: 202, body: { blinking: true } };
    await page.getByRole('button', { name: 'Let it flash' }).click();
    await page.getByText('It does not answer.').waitFor({ state: 'detached' });
    expect(mock.asked.at(-1)!.body).toEqual({ ref: wled.ref });

    mock.routes['POST /api/found/adopt'] = { status: 409, body: { error: 'Its page says no.' } };
    await page.getByLabel('Name').fill('Desk');
    await page.getByLabel('Alice Ng').check();
    await page.getByRole('button', { name: 'Add this light' }).click();
    await page.getByText('Its page says no.').waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('Desk');
    mock.routes['POST /api/found/adopt'] = { status: 201, body: { id: 'desk' } };
    await page.getByRole('button', { name: 'Add this light' }).click();
    await page.getByText('Waiting for it to shine').waitFor();
    expect(mock.asked.at(-1)!.body).toEqual({ ref: wled.ref, id: 'desk', shows: ['alice'], name: 'Desk' });
  });

  it('puts a lamp on a board, says how far it is, why it failed, and the set-up network in the end', async () => {
    const job = {
      ...{ id: 'f1', light: 'corner', port: '/dev/ttyUSB0', state: 'upload', done: 7_000, total: 14_000 },
      ...{ board: null, setup: null as object | null, error: null as object | null },
    };
    let now: typeof job = job;
    mock.routes['GET /api/ports'] = { body: [] };
    mock.routes['POST /api/lights/corner/flash'] = () => ({ status: 202, body: now });
    mock.routes['GET /api/flashes/f1'] = () => ({ body: now });
    await page.goto(`${mock.url}setup/light`);
    await page.getByLabel('ESP32').first().check();
    await page.getByLabel('Name').fill('Corner');
    await page.getByRole('button', { name: 'Add this light' }).click();
    await page.getByText('Plug the board by USB').waitFor();
    expect(await page.getByRole('button', { name: 'Put Doorlight on it' }).isDisabled()).toBe(true);
    mock.routes['GET /api/ports'] = {
      body: [
        { path: '/dev/ttyACM0', name: 'A light', light: 'desk' },
        { path: '/dev/ttyUSB0', name: 'CP2102', light: null },
      ],
    };
    await page.getByLabel('Board').waitFor();
    await page.getByLabel('Wi-Fi network').fill('Office');
    await page.getByLabel('Wi-Fi password').fill('correct horse');
    await page.getByRole('button', { name: 'Put Doorlight on it' }).click();
    await page.getByText('Copying: 50 %').waitFor();
    expect(mock.asked.at(-1)!.body).toEqual({
      port: '/dev/ttyUSB0',
      wifi: { ssid: 'Office', password: 'correct horse' },
    });
    now = { ...job, state: 'failed', error: { code: 'gone', message: 'The board is gone: plug it in.' } };
    await page.getByText('The board is gone: plug it in.').waitFor();
    expect(await page.getByLabel('Wi-Fi network').inputValue()).toBe('Office');
    now = { ...job, state: 'done', setup: { ssid: 'doorlight-corner', password: 'abcd-efgh' } };
    await page.getByRole('button', { name: 'Put Doorlight on it' }).click();
    await page.getByText('Done: the lamp is online.').waitFor();
    await expect
      .poll(() =>
        page
          .locator('input[readonly]')
          .evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value)),
      )
      .toContain('abcd-efgh');
  });
});
