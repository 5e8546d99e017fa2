import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { type Ends, endAll, eventually, startTenant } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const executablePath = '/usr/bin/chromium';

it.skipIf(!existsSync(executablePath))(
  'a browser signs in at Microsoft, comes back, and the form there is taken for our own',
  async () => {
    const tenant = await startTenant(ends);
    const microsoft = tenant.microsoft.replace(/ }$/, ', signIn: browser }');
    const { urls, bridge, cookie } = await startWeb(
      ends,
      `${microsoft}\npeople: [{ id: alice, user: alice@contoso.com }]\n`,
    );
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    ends.push(() => browser.close());
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const url = urls.web!.replace('127.0.0.1', 'localhost');
    const [name, value] = cookie.split('=') as [string, string];
    await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Strict' }]);
    const page = await context.newPage();
    await page.goto(`${url}/api/sign-in/main/begin`);
    await page.getByRole('heading', { name: 'Is this the account?' }).waitFor({ timeout: 30_000 });
    const posted = page.waitForResponse((answer) => answer.request().method() === 'POST');
    await page.getByRole('button', { name: 'Use this account' }).click();
    expect((await posted).status()).toBe(303);
    await eventually(() => expect(bridge.view.health().signIn).toBe('ok'), 20_000);
  },
  120_000,
);
