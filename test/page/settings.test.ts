import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from './browser.ts';
import { createConfig } from './config.ts';
import { startMock } from './mock.ts';

describe.skipIf(!found)(`settings in a browser${why}`, () => {
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
      'GET /api/info': {
        body: { version: '0.1.0', demo: false, claimed: true, signedIn: true, setUp: false },
      },
    });
    ({ page, faults } = await visit(browser));
  });
  afterEach(async () => {
    await page.context().close();
    mock.stop();
    expect(faults).toEqual([]);
  });

  const open = (part: string) => page.goto(`${mock.url}settings/${part}`);
  const save = () => page.getByRole('button', { name: 'Save' }).first().click();
  async function openAlice(): Promise<void> {
    await open('people');
    await page.locator('summary', { hasText: 'Alice Ng' }).click();
  }

  it('changes only what was typed, on top of the version that was read', async () => {
    await openAlice();
    await page.getByLabel('Name', { exact: true }).fill('Alice N.');
    await save();
    await page.getByText('Saved').waitFor();
    expect(mock.asked.at(-1)).toMatchObject({
      method: 'PATCH',
      body: { changes: [{ path: 'people/alice/name', value: 'Alice N.' }] },
      headers: { 'if-match': '"1"' },
    });
  });

  it('says what is wrong beside the field, and keeps what was typed', async () => {
    const message = 'expected a user principal name such as alice@contoso.com, or an object id';
    file.config.refuse = {
      status: 400,
      body: { error: 'The file would be wrong.', fields: [{ path: 'people/alice/user', message }] },
    };
    await openAlice();
    const user = page.getByLabel('Address or object id');
    await user.fill('not an address');
    await save();
    await page.getByText(message).waitFor();
    expect(await user.getAttribute('aria-invalid')).toBe('true');
    expect(await user.inputValue()).toBe('not an address');
    await page.locator('input[aria-invalid=true]:focus').waitFor();
    file.config.refuse = undefined;
    await user.fill('alice@contoso.com');
    await page.getByLabel('Name', { exact: true }).fill('A. Ng');
    await save();
    await page.getByText('Saved').waitFor();
  });

  it('lets two browsers change different things', async () => {
    await openAlice();
    await page.getByLabel('Name', { exact: true }).fill('Alice N.');
    file.set('people/bob/share', 'busy-free');
    await save();
    await page.getByText('Saved').waitFor();
    expect(file.value['people']).toMatchObject([{ name: 'Alice N.' }, { share: 'busy-free' }]);
  });

  it('shows both when two browsers changed the same, and overwrites nothing unasked', async () => {
    await openAlice();
    await page.getByLabel('Name', { exact: true }).fill('Alice N.');
    file.set('people/alice/name', 'Alice the First');
    await save();
    await page.getByText('there now: Alice the First').waitFor();
    await page.getByText('typed here: Alice N.').waitFor();
    expect(file.value['people']).toMatchObject([{ name: 'Alice the First' }, {}]);
    await page.getByRole('button', { name: 'Use what I typed' }).click();
    await page.getByText('Saved').waitFor();
    expect(file.value['people']).toMatchObject([{ name: 'Alice N.' }, {}]);
  });

  it('takes up a change from elsewhere where nothing is typed', async () => {
    await openAlice();
    file.set('people/alice/name', 'Alice the First');
    mock.send('config', { etag: file.etag() });
    await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('Alice the First');
  });

  it('is read-only, and says why, where the file cannot be written', async () => {
    file.config.editable = false;
    file.config.why = 'it is mounted as a single file.';
    await openAlice();
    await page.getByText('cannot be written: it is mounted as a single file.').waitFor();
    expect(await page.getByLabel('Name', { exact: true }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  });

  it('asks for the password where the bridge wants it once more, and then goes on', async () => {
    let fresh = false;
    const change = file.routes['PATCH /api/config'] as (asked: unknown) => object;
    mock.routes['PATCH /api/config'] = (asked) =>
      fresh ? change(asked) : { status: 403, body: { error: 'Once more.', need: 'password' } };
    mock.routes['POST /api/session/fresh'] = ({ body }) => {
      fresh = (body as { password: string }).password === 'right password';
      return fresh ? { status: 204 } : { status: 401, body: { error: 'That is not right.' } };
    };
    await open('microsoft');
    await page.getByLabel('Ask each … seconds').fill('30');
    await page.getByRole('button', { name: 'Save' }).nth(1).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Password').fill('wrong password');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByText('That is not right.').waitFor();
    await dialog.getByLabel('Password').fill('right password');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Saved').waitFor();
    expect(file.value['source']).toMatchObject({ pollSeconds: 30 });
  });

  it('edits a look with the lamp beside it, and tries it on a light', async () => {
    await open('looks');
    await page.locator('summary', { hasText: 'Presenting' }).click();
    const row = page.locator('.entry', { hasText: 'Presenting' });
    await row.getByLabel('Colour').fill('#00ffff');
    await row.getByLabel('Effect').selectOption('solid');
    await row.getByRole('img', { name: 'cyan, steady' }).waitFor();
    await row.getByRole('button', { name: 'Room 204' }).click();
    await expect
      .poll(() => mock.asked.at(-1))
      .toMatchObject({
        path: '/api/lights/door-alice/set',
        body: { color: { r: 0, g: 255, b: 255 }, effect: 'solid', for: 'PT10S' },
      });
    file.set('looks', {});
    await save();
    await expect
      .poll(() => file.value['looks'])
      .toEqual({ presenting: { color: '#00ffff', effect: 'solid', brightness: 1 } });
  });

  it('updates the lamps over the air, says how far each is, and stops it', async () => {
    const lamp = {
      light: 'door-alice',
      state: 'sending',
      sent: 7_000,
      from: '1.2.0',
      error: null as string | null,
    };
    const update = {
      ...{ id: 'u1', version: '1.3.0', bytes: 14_000, force: false, startedAt: '2026-11-23T09:00:00Z' },
      ...{ state: 'running', lamps: [lamp] },
    };
    let now: object | null = null;
    mock.routes['GET /api/updates'] = () => ({ body: { update: now } });
    mock.routes['POST /api/updates'] = () => {
      now = update;
      return { status: 202, body: update };
    };
    mock.routes['DELETE /api/updates'] = () => {
      now = { ...update, state: 'stopped', lamps: [{ ...lamp, state: 'failed', error: 'no answer' }] };
      return { status: 204 };
    };
    await open('lights');
    await page.getByRole('button', { name: 'Update all lamps' }).click();
    await page.getByText('Room 204: being sent, 50 %').waitFor();
    expect(mock.asked.at(-1)).toMatchObject({ method: 'POST', path: '/api/updates', body: {} });
    now = { ...update, lamps: [{ ...lamp, sent: 14_000, state: 'proving' }] };
    await page.getByText('Room 204: restarting').waitFor();
    await page.getByRole('button', { name: 'Stop the update' }).click();
    await page.getByText('The update to 1.3.0 was stopped').waitFor();
    await page.getByText('Room 204: failed: no answer').waitFor();
  });

  it('loses nothing typed when an entry is closed, or another switch is set', async () => {
    await openAlice();
    await page.getByLabel('Name', { exact: true }).fill('Alice N.');
    await page.locator('summary', { hasText: 'Alice Ng' }).click();
    await page.locator('summary', { hasText: 'Alice Ng' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Alice N.');
    mock.routes['GET /api/looks'] = { status: 503 };
    await open('looks');
    const busy = page.locator('.entry', { hasText: 'Busy' }).first();
    await busy.locator('summary').click();
    await busy.getByLabel('Effect').selectOption('pulse');
    await page.getByLabel('Tell apart without colour').check();
    await expect
      .poll(() => mock.asked.at(-1)?.body)
      .toEqual({ changes: [{ path: 'colorBlind', value: true }] });
    await save();
    await expect
      .poll(() => mock.asked.at(-1)?.body)
      .toMatchObject({ changes: [{ path: 'looks/busy', value: { effect: 'pulse' } }] });
  });

  it('edits quiet hours: days, times, lights, each beside what is wrong with it', async () => {
    await open('quiet');
    expect(await page.getByLabel('Fri').isChecked()).toBe(true);
    expect(await page.getByLabel('Sat').isChecked()).toBe(false);
    await page.getByLabel('Sat').check();
    await page.getByLabel('until').fill('08:15');
    await page.getByLabel('All lights').uncheck();
    await page.getByLabel('Room 206').uncheck();
    file.config.refuse = {
      status: 400,
      body: { error: 'Wrong.', fields: [{ path: 'quiet/0/zone', message: 'expected an IANA time zone' }] },
    };
    await page.getByLabel('Time zone').fill('Berlin');
    await save();
    await page.getByText('expected an IANA time zone').waitFor();
    expect(await page.getByLabel('Time zone').inputValue()).toBe('Berlin');
    file.config.refuse = undefined;
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await save();
    await expect
      .poll(() => file.value['quiet'])
      .toEqual([
        {
          lights: ['door-alice'],
          zone: 'Europe/Berlin',
          days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
          dark: '19:00-08:15',
        },
      ]);
  });

  it('makes a link, shows it once, and takes it back', async () => {
    const link = { id: 'one', kind: 'board', of: null, name: 'Reception', createdAt: '', usedAt: null };
    mock.routes['GET /api/links'] = { body: [] };
    mock.routes['GET /api/tokens'] = { body: [] };
    mock.routes['POST /api/links'] = () => {
      mock.routes['GET /api/links'] = { body: [link] };
      return { status: 201, body: { id: 'one', path: '/board/secret' } };
    };
    await open('links');
    await page.getByLabel('What the board is called').fill('Reception');
    await page.getByRole('button', { name: 'Make a link' }).last().click();
    expect(await page.getByLabel('Shown only now').inputValue()).toBe(`${mock.url}board/secret`);
    expect(mock.asked.at(-1)!.body).toEqual({ kind: 'board', name: 'Reception' });
    mock.routes['GET /api/links'] = { body: [] };
    await page.getByRole('button', { name: 'Take back' }).click();
    await page
      .getByRole('group', { name: /no longer use it/ })
      .getByText('Take back')
      .last()
      .click();
    await page.getByText('Board: Reception').waitFor({ state: 'detached' });
    expect(mock.asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/links/one' });
  });

  it('asks before it removes, and takes the id from what names it', async () => {
    file.set('notify', [
      { url: 'https://a.example', secret: '********', people: ['alice'], on: [] },
      { url: 'https://b.example', secret: '********', people: ['alice', 'bob'], on: [] },
    ]);
    await openAlice();
    const remove = page.getByRole('button', { name: 'Remove' });
    await remove.click();
    const question = page.getByRole('group', { name: /^Remove Alice Ng\?/ });
    await question.waitFor();
    // Whoever only presses on, presses No.
    await page.keyboard.press('Enter');
    await question.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Remove');
    await remove.click();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(mock.asked).toEqual([]);
    await remove.click();
    await question.getByRole('button', { name: 'Remove' }).click();
    await expect.poll(() => mock.asked.length).toBe(1);
    // An automation for nobody would be one for everybody.
    expect(mock.asked[0]!.body).toEqual({
      changes: [
        { path: 'lights/door-alice/shows', value: [] },
        {
          path: 'notify',
          value: [{ url: 'https://b.example', secret: '********', people: ['bob'], on: [] }],
        },
        { path: 'people/alice', value: null },
      ],
    });
  });

  it('says in German what the bridge refuses', async () => {
    const { page: german } = await visit(browser, { locale: 'de-DE' });
    file.config.refuse = {
      status: 400,
      body: {
        error: 'source/pollSeconds: wrong.',
        fields: [
          {
            path: 'source/pollSeconds',
            message: 'expected a whole number from 5 to 3600 seconds, got "often"',
          },
        ],
      },
    };
    await german.goto(`${mock.url}settings/microsoft`);
    await german.getByLabel('Fragen alle').fill('often');
    await german.getByRole('button', { name: 'Speichern' }).last().click();
    await german
      .getByText('erwartet wird eine ganze Zahl von 5 bis 3600 Sekunden, hier steht "often"')
      .waitFor();
    await german.context().close();
  });

  it('signs out', async () => {
    mock.routes['DELETE /api/session'] = () => {
      mock.routes['GET /api/events'] = { status: 401, body: { error: 'Sign in first.' } };
      return { status: 204 };
    };
    await open('people');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(mock.asked.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/session' });
  });
});
