import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from './browser.ts';
import { lights, people, startMock } from './mock.ts';

describe.skipIf(!found)(`the board in a browser${why}`, () => {
  let browser: Browser;
  let page: Page;
  let mock: Awaited<ReturnType<typeof startMock>>;
  let faults: string[];

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    mock = await startMock();
    mock.routes['GET /api/info'] = {
      body: { version: '0.1.0', demo: true, claimed: true, signedIn: true, setUp: false },
    };
    ({ page, faults } = await visit(browser));
    await page.goto(mock.url);
    await page.locator('#light-door-alice').waitFor();
  });
  afterEach(async () => {
    await page.context().close();
    mock.stop();
    expect(faults).toEqual([]);
  });

  const lamp = (id: string) => page.locator(`#light-${id} canvas`);
  /** Red, green and blue on the wall beside a lamp, as far as the picture has been painted. */
  const wall = (id: string) =>
    page.evaluate(`(() => {
      const canvas = document.querySelector('#light-${id} canvas');
      const at = [canvas.width * 0.5 + canvas.height * 0.08, canvas.height * 0.15];
      return [...canvas.getContext('2d').getImageData(at[0], at[1], 1, 1).data];
    })()`) as Promise<number[]>;
  const row = (name: string) => page.locator('.row', { hasText: name });

  it('shows a door for each light, with its name and its people in words', async () => {
    const alice = page.locator('#light-door-alice');
    await alice.getByText('Available', { exact: true }).first().waitFor();
    expect(await alice.getByText('Alice Ng').count()).toBe(1);
    expect(await page.locator('#light-door-bob .status').textContent()).toBe('Unknown');
    expect(await page.locator('#light-door-bob .since').textContent()).toBe('no word from Teams yet');
    expect(await lamp('door-alice').getAttribute('aria-label')).toBe('Lamp: green, steady');
    expect(await lamp('door-bob').getAttribute('aria-label')).toBe('Lamp: offline');
  });

  it('says the same in plain lines: where a status is from, and what is known of a lamp', async () => {
    await row('Alice Ng').getByText('Teams told us').waitFor();
    await row('Bob Okafor').getByText('not confirmed').waitFor();
    expect(await row('Room 204').textContent()).toContain('signal -61 dBm · firmware 1.2.0 · up 2 h 1 min');
    expect(await row('Room 206').locator('.what').textContent()).toBe('offline');
  });

  it('paints a lamp in the colour of its pixels, and an offline one in none', async () => {
    await expect.poll(async () => (await wall('door-alice'))[1]).toBeGreaterThan(100);
    mock.send('pixels', { id: 'door-alice', pixels: 'ff0000'.repeat(12) });
    await expect
      .poll(async () => {
        const [r, g] = await wall('door-alice');
        return r! > 100 && g! < 60;
      })
      .toBe(true);
    expect((await wall('door-bob'))[3]).toBe(0);
  });

  it('makes Alice call, and her door follows what comes back', async () => {
    await page.getByRole('button', { name: 'Make Alice call' }).click();
    await page.getByText('sent, on its way').waitFor();
    expect(mock.asked).toMatchObject([
      {
        path: '/api/demo/people/alice/presence',
        body: { availability: 'Busy', activity: 'InACall', outOfOffice: false },
      },
    ]);
    const red = { ...lights[0]!.show, color: { r: 255, g: 0, b: 0 }, effect: 'pulse' };
    mock.send('presence', { ...people[0], status: 'call', since: new Date().toISOString() });
    mock.send('light', { ...lights[0], show: red });
    await page.getByRole('button', { name: 'End Alice’s call' }).waitFor();
    expect(await page.locator('#light-door-alice .status').textContent()).toBe('In a call');
    await page.locator('#light-door-alice').getByText('wants red, pulsing').waitFor();
    await row('Room 204').getByText('wants red, pulsing').waitFor();
    mock.send('light', { ...lights[0], show: red, state: red });
    await page.getByText('wants red, pulsing').first().waitFor({ state: 'detached' });
    expect(await lamp('door-alice').getAttribute('aria-label')).toBe('Lamp: red, pulsing');
  });

  it('says that the connection is lost, shows no light, and comes back', async () => {
    await expect.poll(async () => (await wall('door-alice'))[1]).toBeGreaterThan(100);
    mock.breakOff();
    await page.getByText('No connection since').waitFor();
    expect(await page.locator('#light-door-alice .status').textContent()).toBe('No connection');
    expect(await page.locator('#light-door-alice .since').textContent()).toContain('was: Available');
    // Of who was unknown nothing was known: that is not worth a line.
    expect(await page.locator('#light-door-bob .since').textContent()).toBe('');
    expect(await row('Room 204').locator('.what').textContent()).toBe('No connection');
    // It fades for a second; expect.poll alone would not wait that long.
    await expect.poll(async () => (await wall('door-alice'))[3], { timeout: 10_000 }).toBe(0);
    mock.mend();
    await page.locator('#light-door-alice .status', { hasText: 'Available' }).waitFor();
    await expect.poll(async () => (await wall('door-alice'))[1]).toBeGreaterThan(100);
  });

  it('forgets who is removed, and who was gone when the connection came back', async () => {
    mock.send('removed', { of: 'people', id: 'bob' });
    await row('Bob Okafor').waitFor({ state: 'detached' });
    expect(await row('Alice Ng').count()).toBe(1);
  });

  it('sets a person by hand with an end, says beside it why not, and ends it', async () => {
    const path = 'POST /api/people/alice/set';
    mock.routes[path] = { status: 400, body: { error: 'for: expected a duration.', fields: [] } };
    await page.getByLabel('More on Alice Ng').click();
    await row('Alice Ng').getByLabel('Status').selectOption('dnd');
    await row('Alice Ng').getByRole('button', { name: 'Set' }).click();
    await page.getByText('for: expected a duration.').waitFor();
    mock.routes[path] = { body: { override: { until: '2026-11-23T10:00:00Z' } } };
    await row('Alice Ng').getByRole('button', { name: 'Set' }).click();
    await page.getByText('for: expected a duration.').waitFor({ state: 'detached' });
    expect(mock.asked.at(-1)!.body).toEqual({ status: 'dnd', for: 'PT25M' });
    const until = new Date(Date.now() + 60_000).toISOString();
    mock.send('presence', { ...people[0], status: 'dnd', override: { status: 'dnd', until } });
    await row('Alice Ng').getByText('set by hand until').waitFor();
    await row('Alice Ng').getByRole('button', { name: 'End it now' }).click();
    await expect.poll(() => mock.asked.at(-1)!.body).toEqual({ clear: true });
  });

  it('gives the choice of Teams where anybody is set there', async () => {
    mock.routes['GET /api/info'] = {
      body: { version: '0.1.0', demo: false, claimed: true, signedIn: true, setUp: false, teams: true },
    };
    await page.reload();
    await page.getByLabel('More on Alice Ng').click();
    await row('Alice Ng').getByRole('button', { name: 'Set' }).click();
    await expect.poll(() => mock.asked.at(-1)?.body).toEqual({ status: 'dnd', for: 'PT25M' });
    await row('Alice Ng').getByLabel('Also in Teams').uncheck();
    await row('Alice Ng').getByRole('button', { name: 'Set' }).click();
    await expect.poll(() => mock.asked.at(-1)?.body).toEqual({ status: 'dnd', for: 'PT25M', teams: false });
  });

  it('shows the day of a person where the bridge keeps it', async () => {
    const entries = [
      { status: 'available', since: '2026-11-23T09:00:00Z', until: '2026-11-23T09:30:00Z' },
      { status: 'call', since: '2026-11-23T09:30:00Z', until: null },
    ];
    mock.routes['GET /api/people/alice/timeline'] = { body: { enabled: true, entries } };
    mock.routes['GET /api/people/bob/timeline'] = { body: { enabled: false, entries: [] } };
    await page.getByLabel('More on Alice Ng').click();
    await page.locator('.timeline li', { hasText: '– now: In a call' }).waitFor();
    await page.getByLabel('More on Bob Okafor').click();
    await row('Bob Okafor').getByRole('button', { name: 'Set' }).waitFor();
    expect(await page.locator('.timeline').count()).toBe(1);
  });
});
