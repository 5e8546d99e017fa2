import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from './browser.ts';
import { startMock } from './mock.ts';

const closed = { status: 401, body: { error: 'Sign in first.' } };

describe.skipIf(!found)(`the way in${why}`, () => {
  let browser: Browser;
  let page: Page;
  let mock: Awaited<ReturnType<typeof startMock>>;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    mock = await startMock({ 'GET /api/events': closed });
    ({ page } = await visit(browser));
  });
  afterEach(async () => {
    await page.context().close();
    mock.stop();
  });
  const info = (claimed: boolean) => {
    mock.routes['GET /api/info'] = {
      body: { version: '1', demo: false, claimed, signedIn: false, setUp: !claimed },
    };
  };

  it('says at a claim which of the two fields is wrong', async () => {
    info(false);
    await page.goto(mock.url);
    const code = page.getByLabel('Code');
    const password = page.getByLabel('New password');
    await code.fill('wrong');
    await password.fill('short');
    mock.routes['POST /api/claim'] = {
      status: 400,
      body: { error: 'Too short.', fields: [{ path: 'password', message: 'At least 10 characters.' }] },
    };
    await page.getByRole('button', { name: 'Make it yours' }).click();
    await page.getByText('At least 10 characters.').waitFor();
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await code.getAttribute('aria-invalid')).toBe('false');
    mock.routes['POST /api/claim'] = { status: 401, body: { error: 'That is not right.' } };
    await password.fill('long enough now');
    await page.getByRole('button', { name: 'Make it yours' }).click();
    await page.locator('.wrong', { hasText: 'That is not right.' }).waitFor();
    expect(await code.getAttribute('aria-invalid')).toBe('true');
    expect(await password.inputValue()).toBe('long enough now');
  });

  it('opens with the password, and says when that is wrong or nobody answers', async () => {
    info(true);
    await page.goto(mock.url);
    // Until the bridge has said 401, the board is there with its own question for the password, still closed.
    await page.locator('.entrance').getByLabel('Password').fill('a password');
    mock.routes['POST /api/session'] = { status: 429, body: { error: 'Too many tries: wait ten seconds.' } };
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.wrong', { hasText: 'Too many tries' }).waitFor();
    delete mock.routes['GET /api/events'];
    mock.routes['POST /api/session'] = { body: { signedIn: true } };
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Alice Ng').first().waitFor();
  });
});
