/** A backup to a file, back from it, and everything erased: on the page of a bridge that runs as its user runs it. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from '../page/browser.ts';
import { anyPorts, doorlight, ready } from './demo-process.ts';
import { type Ends, endAll, temporaryFolder } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const password = 'corridor of lamps';
const passphrase = 'a passphrase for the new card';

describe.skipIf(!found)(`a move to another card, in a browser${why}`, () => {
  it('saves a backup, restores it over what came later, and erases all', async () => {
    const folder = temporaryFolder(ends);
    const file = join(folder, 'doorlight.yaml');
    const start = async () => {
      const run = doorlight(ends, ['start', '--setup', ...anyPorts], folder);
      const { web } = (await ready(run)) as { web: string };
      return { run, web };
    };
    const claim = async ({ run, web }: Awaited<ReturnType<typeof start>>) => {
      const code = /code ([A-Z0-9]{8})/.exec(run.out() + run.err())![1];
      const answer = await fetch(`${web}/api/claim`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code, password }),
      });
      expect(answer.status).toBe(200);
    };
    const browser = await launch();
    ends.push(() => browser.close());
    const enter = async (web: string) => {
      const { page } = await visit(browser, { acceptDownloads: true, viewport: { width: 390, height: 844 } });
      page.setDefaultTimeout(30_000);
      await page.goto(`${web}/settings/machine`);
      await page.getByLabel('Password', { exact: true }).first().fill(password);
      await page.keyboard.press('Enter');
      // There is nothing yet, so the first evening comes up; a card that is to be restored is of the same.
      await page.getByRole('link', { name: 'Settings' }).click();
      await page.getByRole('link', { name: /The machine/ }).click();
      return page;
    };

    const first = await start();
    await claim(first);
    let page = await enter(first.web);
    const backup = page.getByRole('form', { name: 'Backup' });
    await backup.getByLabel('Passphrase').fill('short');
    await backup.getByRole('button').click();
    await backup.locator('.wrong', { hasText: /\w/ }).waitFor();
    await backup.getByLabel('Passphrase').fill(passphrase);
    const download = page.waitForEvent('download');
    await backup.getByRole('button').click();
    const saved = join(folder, 'saved.doorlight');
    await (await download).saveAs(saved);
    expect(readFileSync(saved, 'latin1')).not.toContain('clientId');

    const before = readFileSync(file, 'utf8');
    appendFileSync(file, '\ncolorBlind: true\n');
    const restore = page.getByRole('form', { name: 'Restore' });
    await restore.locator('input[type=file]').setInputFiles(saved);
    await restore.getByLabel('Passphrase').fill('not the passphrase');
    await restore.getByRole('button', { name: 'Restore the backup' }).click();
    await restore.locator('.wrong', { hasText: /passphrase/ }).waitFor();
    expect(first.run.child.exitCode).toBeNull();
    await restore.getByLabel('Passphrase').fill(passphrase);
    await restore.getByRole('button', { name: 'Restore the backup' }).click();
    expect(await first.run.exit).toBe(0);

    const second = await start();
    expect(readFileSync(file, 'utf8')).toBe(before);
    page = await enter(second.web);
    const reset = page.getByRole('form', { name: 'Back to the first day' });
    await reset.getByLabel('Password').fill('wrong password');
    await reset.getByRole('button').click();
    await reset.locator('.wrong', { hasText: /\w/ }).waitFor();
    await reset.getByLabel('Password').fill(password);
    await reset.getByRole('button').click();
    expect(await second.run.exit).toBe(0);

    const third = await start();
    await claim(third);
  }, 180_000);
});
