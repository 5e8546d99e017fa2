/** The first evening, as a person has it: from an empty folder to a lamp that follows somebody, in a browser. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientId, tenantId } from '../../simulator/graph/stand-in.ts';
import { found, launch, visit, why } from '../page/browser.ts';
import { anyPorts, doorlight, ready } from './demo-process.ts';
import { type Ends, endAll, startTenant, temporaryFolder } from './kit.ts';

const ends: Ends = [];
const password = 'corridor of lamps';
afterEach(() => endAll(ends));

describe.skipIf(!found)(`the first run in a browser${why}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  async function startSetUp() {
    const tenant = await startTenant(ends, { autoApprove: false });
    const folder = temporaryFolder(ends);
    const run = doorlight(ends, ['start', '--setup', ...anyPorts], folder);
    const { web } = await ready(run);
    const { page, faults } = await visit(browser, { viewport: { width: 390, height: 844 } });
    ends.push(() => page.context().close());
    const code = /code ([A-Z0-9]{8})/.exec(run.err())?.[1];
    return { tenant, folder, run, web: web!, page, faults, code: code! };
  }

  async function claim(page: Page, web: string, code: string): Promise<void> {
    await page.goto(web);
    await page.getByLabel('Code').fill(code);
    await page.getByLabel('New password').fill(password);
    await page.getByRole('button', { name: 'Make it yours' }).click();
    await page.getByRole('heading', { name: 'An app in your Entra tenant' }).waitFor();
  }

  type Addresses = { graphUrl: string; caFile: string };
  async function fillIn(page: Page, tenant: Addresses, id: string): Promise<void> {
    await page.getByLabel('Tenant', { exact: true }).fill(id);
    await page.getByLabel('Application (client) ID').fill(clientId);
    const addresses = page.locator('details', { hasText: 'Other addresses' });
    if ((await addresses.getAttribute('open')) === null) await addresses.locator('summary').click();
    await page.getByLabel('Address of Graph').fill(tenant.graphUrl);
    await page.getByLabel('Address of the sign-in').fill(tenant.graphUrl);
    await page.getByLabel('File with its certificate authority').fill(tenant.caFile);
    await page.getByRole('button', { name: 'Check and go on' }).click();
  }
  async function register(page: Page, tenant: Addresses): Promise<void> {
    await fillIn(page, tenant, tenantId);
    await page.getByRole('heading', { name: 'Sign in to Microsoft' }).waitFor();
  }

  it('goes from an empty folder to a phone that shows how Alice is', async () => {
    const { tenant, folder, web, page, faults, code } = await startSetUp();
    await claim(page, web, code);
    await page.getByText('Presence.Read.All').waitFor();
    await register(page, tenant);

    const userCode = await page.getByLabel('Copy this code').inputValue();
    await tenant.control('POST', '/device/approve', { user_code: userCode });
    await page
      .getByText('has signed in. Is this the account to use?')
      .or(page.getByText('Signed in as'))
      .first()
      .waitFor();
    const confirm = page.getByRole('button', { name: 'Use this account' });
    if (await confirm.isVisible()) await confirm.click();
    await page.getByText('Signed in as').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();

    await page.getByLabel('Name or address').fill('ali');
    await page.getByRole('button', { name: 'Add Alice' }).click();
    await page.getByText('Shown: Alice').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();

    await page.getByLabel('A phone or tablet').check();
    await page.getByLabel('Name').fill('Room 204');
    await page.getByRole('button', { name: 'Add this light' }).click();
    await page.getByRole('button', { name: 'Link for a screen' }).click();
    const link = await page.getByLabel('Shown only now').inputValue();

    const phone = (await visit(browser, { viewport: { width: 390, height: 844 } })).page;
    ends.push(() => phone.context().close());
    await tenant.setPresence('alice@contoso.com', 'Available');
    await phone.goto(link);
    await phone.getByRole('button', { name: 'Make it a lamp' }).click();
    await phone.locator('.lamp-status', { hasText: 'Available' }).waitFor();
    await page.getByText('It is there.').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('heading', { name: 'It shines' }).waitFor();

    await tenant.setPresence('alice@contoso.com', 'DoNotDisturb');
    await phone.locator('.lamp-status', { hasText: 'Do not disturb' }).waitFor({ timeout: 40_000 });
    await page.getByRole('link', { name: 'To the board' }).click();
    await page.locator('canvas[aria-label="Lamp: red, blinking slowly"]').waitFor();

    const yaml = readFileSync(join(folder, 'doorlight.yaml'), 'utf8');
    expect(yaml).toContain('# Doorlight.');
    expect(yaml).toContain('alice@contoso.com');
    expect(faults).toEqual([]);
  });

  it('says what is wrong on the way, and can be resumed in another browser', async () => {
    const { tenant, web, page, code } = await startSetUp();
    await page.goto(web);
    await page.getByLabel('Code').fill('WRONGWRG');
    await page.getByLabel('New password').fill(password);
    await page.getByRole('button', { name: 'Make it yours' }).click();
    await page.locator('.wrong', { hasText: 'not right' }).waitFor();
    await claim(page, web, code);

    // The stand-in takes any tenant for its own, so it is another field that is wrong here.
    await fillIn(page, { ...tenant, caFile: '/nowhere/ca.pem' }, tenantId);
    const file = page.getByLabel('File with its certificate authority');
    await file.and(page.locator('[aria-invalid=true]')).waitFor();
    expect(await file.inputValue()).toBe('/nowhere/ca.pem');
    await register(page, tenant);

    const other = (await visit(browser)).page;
    ends.push(() => other.context().close());
    await other.goto(web);
    const entrance = other.locator('.entrance');
    await entrance.getByLabel('Password').fill(password);
    await entrance.getByRole('button', { name: 'Sign in' }).click();
    await entrance.waitFor({ state: 'detached' });
    await other.goto(`${web}/setup`);
    await other.getByRole('heading', { name: 'Sign in to Microsoft' }).waitFor();
    await other.getByLabel('Copy this code').waitFor();
  });
});
