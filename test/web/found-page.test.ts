import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { loopbackNetwork, plugInWled } from '../lights/wled/fake-wled.ts';
import { type Ends, endAll, eventually } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

it.skipIf(!existsSync(executablePath))(
  'the page lists a WLED of the network, lets it blink and makes a light of it',
  async () => {
    const mdns = await loopbackNetwork();
    const wled = await plugInWled(ends, mdns);
    const { urls, bridge, cookie } = await startWeb(
      ends,
      'people: [{ id: alice, user: alice@contoso.com, name: Alice Ng }]\n',
      { mdns },
    );
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    ends.push(() => browser.close());
    const context = await browser.newContext({ locale: 'en-GB' });
    const [name, value] = cookie.split('=') as [string, string];
    await context.addCookies([{ name, value, url: urls.web!, httpOnly: true, sameSite: 'Strict' }]);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`${urls.web}/settings/lights`);
    await page.getByRole('button', { name: 'Add a light' }).click();
    await page.getByRole('radio', { name: /Desk strip/ }).check();
    await page.getByRole('button', { name: 'Let it flash' }).click();
    await eventually(
      () => expect(wled.posts[0]).toMatchObject({ path: '/json/state', body: { on: true } }),
      30_000,
    );
    await page.getByLabel('Name', { exact: true }).fill('Room 204');
    await page.getByRole('button', { name: 'Add this light' }).click();
    await eventually(
      () =>
        expect(bridge.view.light('room-204')).toMatchObject({ kind: 'wled', online: true, shows: ['alice'] }),
      30_000,
    );
  },
  120_000,
);
