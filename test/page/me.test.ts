/** A person's own link: what is shown where, and each thing that they can say about it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from './browser.ts';
import { people, startMock } from './mock.ts';

const until = new Date(Date.now() + 3_600_000).toISOString();
const view = {
  person: people[0],
  share: { granted: 'status', own: null as string | null, inForce: 'status' },
  paused: null as { until: string } | null,
  left: false,
  lights: [{ id: 'door-alice', name: 'Room 204', show: null }],
};

describe.skipIf(!found)(`a personal link in a browser${why}`, () => {
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
      'GET /api/me': { body: view },
      'PUT /api/me/share': {
        body: { ...view, share: { granted: 'status', own: 'busy-free', inForce: 'busy-free' } },
      },
      'PUT /api/me/pause': { body: { ...view, paused: { until } } },
      'DELETE /api/me/pause': { body: view },
      'PUT /api/me/left': { body: { ...view, left: true, lights: [] } },
      'DELETE /api/me/left': { body: view },
    });
    ({ page, faults } = await visit(browser, { viewport: { width: 390, height: 844 } }));
    await page.goto(`${mock.url}me/the-token`);
    await page.getByRole('heading', { name: 'Alice Ng' }).waitFor();
  });
  afterEach(async () => {
    await page.context().close();
    mock.stop();
    expect(faults).toEqual([]);
  });

  const last = () => mock.asked.at(-1);

  it('says what is shown and where, and lets them show less but never more', async () => {
    await page.getByText('Room 204').waitFor();
    expect(await page.getByLabel('Everything').isDisabled()).toBe(true);
    expect(await page.getByLabel('The status').isChecked()).toBe(true);
    await page.getByLabel('Busy or free only').check();
    await expect.poll(last).toMatchObject({
      method: 'PUT',
      path: '/api/me/share',
      body: { share: 'busy-free' },
      headers: { authorization: 'Bearer the-token' },
    });
    expect(await page.getByLabel('Busy or free only').isChecked()).toBe(true);
  });

  it('pauses with an end, says until when, and ends the pause', async () => {
    await page.getByRole('button', { name: '4 hours' }).click();
    await page.getByText('Paused until').waitFor();
    expect(last()).toMatchObject({ path: '/api/me/pause', body: { for: 'PT4H' } });
    await page.getByRole('button', { name: 'End the pause' }).click();
    await page.getByRole('button', { name: '4 hours' }).waitFor();
    expect(last()).toMatchObject({ method: 'DELETE', path: '/api/me/pause' });
  });

  it('leaves, with nothing left to set, and comes back', async () => {
    await page.getByRole('button', { name: 'Leave Doorlight' }).click();
    await page.getByRole('heading', { name: 'You have left' }).waitFor();
    expect(await page.getByLabel('The status').count()).toBe(0);
    await page.getByText('On no light.').waitFor();
    await page.getByRole('button', { name: 'Come back' }).click();
    await page.getByLabel('The status').waitFor();
    expect(last()).toMatchObject({ method: 'DELETE', path: '/api/me/left' });
  });

  it('sets a status by hand with the link, and says why not', async () => {
    mock.routes['POST /api/me/set'] = {
      status: 409,
      body: { error: 'You are paused: end the pause first.' },
    };
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await page.getByText('You are paused: end the pause first.').waitFor();
    expect(last()).toMatchObject({
      path: '/api/me/set',
      body: { status: 'dnd', for: 'PT25M' },
      headers: { authorization: 'Bearer the-token' },
    });
  });

  it('says that the link was taken back, and that the bridge is gone', async () => {
    mock.breakOff();
    await page.getByText('No connection').waitFor();
    expect(await page.getByRole('button', { name: 'Leave Doorlight' }).isDisabled()).toBe(true);
    mock.routes['GET /api/me/events'] = { status: 401, body: { error: 'No such link.' } };
    await page.reload();
    await page.getByRole('heading', { name: 'This link is no longer good' }).waitFor();
  });
});
