import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from './browser.ts';
import { startMock } from './mock.ts';

const red = {
  state: 'ON',
  color_mode: 'rgb',
  color: { r: 255, g: 0, b: 0 },
  brightness: 255,
  effect: 'solid',
};
const alice = { name: 'Alice Ng', status: 'meeting', since: '2026-11-23T09:00:00Z', until: null };
const lamp = { id: 'phone', name: 'Room 206', show: red, people: [alice] };

describe.skipIf(!found)(`a phone as a lamp${why}`, () => {
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
    ({ page, faults } = await visit(browser, { viewport: { width: 390, height: 844 } }));
    await page.clock.install({ time: new Date('2026-11-23T10:00:00Z') });
  });
  afterEach(async () => {
    await page.context().close();
    mock.stop();
    expect(faults).toEqual([]);
  });

  const status = () => page.locator('.lamp-status');
  const color = () =>
    page.evaluate(`getComputedStyle(document.querySelector('.face')).backgroundColor`) as Promise<string>;
  const states = () =>
    mock.asked.filter(({ path }) => path === '/api/lamp/phone/state').map(({ body }) => body);
  async function open(): Promise<void> {
    await page.goto(`${mock.url}lamp/phone`);
    await expect.poll(mock.streams).toBe(1);
  }
  /** The page's own clock goes on, as far as the browser's timers and frames; what is on the wire comes in between. */
  async function live(ms: number): Promise<void> {
    await page.clock.runFor(ms);
  }

  it('shows the colour and the words, and tells the bridge what it shows', async () => {
    await open();
    expect(await status().textContent()).toBe('Unknown');
    mock.send('alive', { seq: 1 });
    mock.send('lamp', lamp);
    await expect.poll(() => status().textContent()).toBe('In a meeting');
    await page.getByText('Alice Ng').waitFor();
    expect(await color()).toBe('rgb(255, 0, 0)');
    await expect.poll(() => states().at(-1)).toEqual(red);
  });

  it('falls to unknown by itself when nobody says any more that somebody decides, and comes back', async () => {
    await open();
    mock.send('alive', { seq: 1 });
    mock.send('lamp', lamp);
    await expect.poll(() => status().textContent()).toBe('In a meeting');
    await live(39_000);
    expect(await status().textContent()).toBe('In a meeting');
    await live(2_000);
    await expect.poll(() => status().textContent()).toBe('Unknown');
    await page.getByText('nothing heard since').waitFor();
    await expect.poll(() => states().at(-1)).toMatchObject({ effect: 'breathe' });
    mock.send('alive', { seq: 2 });
    await expect.poll(() => status().textContent()).toBe('In a meeting');
  });

  it('falls to unknown when the bridge is gone altogether', async () => {
    await open();
    mock.send('alive', { seq: 1 });
    mock.send('lamp', lamp);
    await expect.poll(() => status().textContent()).toBe('In a meeting');
    mock.breakOff();
    await live(41_000);
    await expect.poll(() => status().textContent()).toBe('Unknown');
  });

  it('does not believe a status from before it slept', async () => {
    await open();
    mock.send('alive', { seq: 1 });
    mock.send('lamp', lamp);
    await expect.poll(() => status().textContent()).toBe('In a meeting');
    await page.clock.fastForward('02:00:00');
    await expect.poll(() => status().textContent()).toBe('Unknown');
  });

  it('gives each of several people a part of the screen', async () => {
    await open();
    mock.send('alive', { seq: 1 });
    const part = { color: { r: 0, g: 255, b: 0 }, brightness: 255, effect: 'solid' };
    const segments = [part, { ...part, color: { r: 255, g: 0, b: 0 } }];
    const bob = { ...alice, name: 'Bob Okafor', status: 'available' };
    mock.send('lamp', { ...lamp, show: { ...red, segments }, people: [bob, alice] });
    await expect.poll(() => status().allTextContents()).toEqual(['Available', 'In a meeting']);
  });

  it('flashes to be found', async () => {
    await open();
    mock.send('alive', { seq: 1 });
    mock.send('lamp', lamp);
    mock.send('identify', {});
    await expect.poll(() => status().textContent()).toContain('flashing to be found');
    await live(11_000);
    await expect.poll(() => status().textContent()).toBe('In a meeting');
  });

  it('is paired once by a link, says when the link is no longer good, and that it is no lamp', async () => {
    mock.routes['POST /api/lamp/phone/pair'] = { status: 401, body: { error: 'This link was used.' } };
    await page.goto(`${mock.url}pair/phone#the-code`);
    await page.getByRole('button', { name: 'Make it a lamp' }).click();
    await page.getByText('This link was used.').waitFor();
    mock.routes['POST /api/lamp/phone/pair'] = { body: { paired: true } };
    await page.getByRole('button', { name: 'Make it a lamp' }).click();
    await page.waitForURL(`${mock.url}lamp/phone`);
    expect(mock.asked.at(0)!.body).toEqual({ code: 'the-code' });
    mock.routes['GET /api/lamp/phone/events'] = { status: 401, body: { error: 'Not paired.' } };
    await page.reload();
    await page.getByText('This screen is not a lamp yet').waitFor();
  });

  it('opens as unknown when it starts before the bridge does, from the code it kept', async () => {
    const fresh = await visit(browser);
    await fresh.page.goto(`${mock.url}lamp/phone`);
    await fresh.page.evaluate('navigator.serviceWorker.ready');
    // Once more, so that what is kept is what the worker itself has seen.
    await fresh.page.reload();
    await fresh.page.locator('.lamp-status').waitFor();
    await fresh.page.context().setOffline(true);
    await fresh.page.reload();
    await expect.poll(() => fresh.page.locator('.lamp-status').textContent()).toBe('Unknown');
    await fresh.page.context().close();
  });
});
