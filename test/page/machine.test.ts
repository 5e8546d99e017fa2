/** Settings, the machine: each of its buttons, what it sends, and what is said when it is refused. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from './browser.ts';
import { createConfig } from './config.ts';
import { startMock } from './mock.ts';

const machine = {
  version: '0.1.0',
  supportUntil: '2028-11-24',
  changes: [],
  troubles: [],
  wifi: true,
  updates: {
    possible: true,
    automatic: true,
    putOffUntil: null as string | null,
    available: { version: '0.2.0', changes: ['Lamps are lighter.'], supportUntil: '2028-12-24' },
    last: { version: '0.1.9', at: '2026-11-20T02:00:00Z', outcome: 'rolled-back', why: 'It did not start.' },
    checkedAt: null,
  },
};

describe.skipIf(!found)(`the machine in the settings${why}`, () => {
  let browser: Browser;
  let page: Page;
  let mock: Awaited<ReturnType<typeof startMock>>;
  let faults: string[];

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    mock = await startMock({
      ...createConfig().routes,
      'GET /api/info': {
        body: { version: '0.1.0', demo: false, claimed: true, signedIn: true, setUp: false },
      },
      'GET /api/appliance': { body: machine },
      'PUT /api/appliance/updates': ({ body }) => ({
        body: { ...machine, updates: { ...machine.updates, ...(body as object) } },
      }),
    });
    ({ page, faults } = await visit(browser));
    await page.goto(`${mock.url}settings/machine`);
  });
  afterEach(async () => {
    await page.context().close();
    mock.stop();
    expect(faults).toEqual([]);
  });

  const form = (name: string) => page.getByRole('form', { name });
  const last = () => mock.asked.at(-1);

  it('says what became of the last update, puts the next off, and installs it', async () => {
    await page.getByText('0.1.9 did not start and was taken back').waitFor();
    await page.getByText('It did not start.').waitFor();
    await page.getByText('Lamps are lighter.').waitFor();
    await page.getByRole('button', { name: 'Not within 14 days' }).click();
    await page.getByText('Put off until').waitFor();
    expect(last()!.body).toEqual({ putOffUntil: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    await page.getByRole('button', { name: 'Put off no longer' }).click();
    await expect.poll(() => last()!.body).toEqual({ putOffUntil: null });
    await page.getByLabel('Install updates by itself').uncheck();
    await expect.poll(() => last()!.body).toEqual({ automatic: false });
    await page.getByRole('button', { name: 'Install 0.2.0 now' }).click();
    await expect.poll(() => last()!.body).toEqual({ install: '0.2.0', putOffUntil: null });
  });

  it('lets the machine join another Wi-Fi, and says why not', async () => {
    const path = 'PUT /api/appliance/wifi';
    mock.routes[path] = { status: 400, body: { error: '8 to 63 characters.', fields: [] } };
    const wifi = form('Wi-Fi of this machine');
    await wifi.getByLabel('Wi-Fi network').fill('Office');
    await wifi.getByLabel('Wi-Fi password').fill('short');
    await wifi.getByRole('button').click();
    await wifi.getByText('8 to 63 characters.').waitFor();
    mock.routes[path] = { status: 202, body: { joining: true } };
    await wifi.getByLabel('Wi-Fi password').fill('long enough');
    await wifi.getByLabel('Country').fill('de');
    await wifi.getByRole('button').click();
    await wifi.getByText('It is tried now.').waitFor();
    expect(last()!.body).toEqual({ name: 'Office', password: 'long enough', country: 'DE' });
  });

  it('saves a backup as a file, after a passphrase that is long enough', async () => {
    const path = 'POST /api/appliance/backup';
    mock.routes[path] = {
      status: 400,
      body: {
        error: 'Ten characters.',
        fields: [{ path: 'passphrase', message: 'Ten characters or more.' }],
      },
    };
    const passphrase = form('Backup').getByLabel('Passphrase of the backup');
    await passphrase.fill('short');
    await page.getByRole('button', { name: 'Save a backup' }).click();
    await form('Backup').getByText('Ten characters or more.').waitFor();
    expect(await passphrase.inputValue()).toBe('short');
    mock.routes[path] = { body: { backup: Buffer.from('sealed').toString('base64') } };
    await passphrase.fill('long enough now');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save a backup' }).click();
    expect((await download).suggestedFilename()).toBe('backup.doorlight');
    expect(readFileSync(await (await download).path(), 'utf8')).toBe('sealed');
    expect(last()!.body).toEqual({ passphrase: 'long enough now' });
    expect(await passphrase.inputValue()).toBe('');
  });

  it('restores a backup only once it is named twice over: its file, and that all here goes', async () => {
    const path = 'POST /api/appliance/restore';
    const restore = page.getByRole('button', { name: 'Restore the backup' });
    await restore.click();
    await form('Restore').getByText('Choose the file first.').waitFor();
    expect(mock.asked).toEqual([]);
    await form('Restore')
      .locator('input[type=file]')
      .setInputFiles({ name: 'backup.doorlight', mimeType: '', buffer: Buffer.from('sealed') });
    await form('Restore').getByLabel('Passphrase of the backup').fill('not the one');
    mock.routes[path] = { status: 400, body: { error: 'That is not its passphrase.' } };
    await restore.click();
    await form('Restore').getByText('That is not its passphrase.').waitFor();
    await form('Restore').getByLabel('Passphrase of the backup').fill('long enough now');
    mock.routes[path] = { status: 202, body: { restoring: true } };
    await restore.click();
    await form('Restore').getByText('Doorlight starts anew with it.').waitFor();
    expect(last()!.body).toEqual({
      backup: Buffer.from('sealed').toString('base64'),
      passphrase: 'long enough now',
    });
  });

  it('erases everything with the password alone, and says where the new code is', async () => {
    const path = 'POST /api/appliance/reset';
    const erase = page.getByRole('button', { name: 'Erase everything' });
    const password = form('Back to the first day').getByLabel('Password');
    mock.routes[path] = { status: 401, body: { error: 'That is not the password.' } };
    await password.fill('wrong password');
    await erase.click();
    await form('Back to the first day').getByText('That is not the password.').waitFor();
    mock.routes[path] = { status: 202, body: { erasing: true } };
    await password.fill('right password');
    await erase.click();
    await page.getByText('its claim code is on its screen and in its log').waitFor();
    expect(last()!.body).toEqual({ password: 'right password' });
  });
});
