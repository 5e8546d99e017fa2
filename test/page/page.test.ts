import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lights, people, startMock } from './mock.ts';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const found = existsSync(executablePath);
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
args.push('--disable-background-networking', '--disable-component-update');

const why = found ? '' : ` (skipped: no Chromium at ${executablePath}; set CHROMIUM to one)`;

describe.skipIf(!found)(`the page in a browser${why}`, () => {
  let browser: Browser;
  let page: Page;
  let mock: Awaited<ReturnType<typeof startMock>>;
  let faults: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    mock = await startMock();
    page = await browser.newPage();
    faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(mock.url);
    await page.getByRole('heading', { name: 'Room 204' }).waitFor();
  });
  afterEach(async () => {
    await page.close();
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

  it('shows a door for each light, with its name and its people in words', async () => {
    const alice = page.locator('#light-door-alice');
    await alice.getByText('Available', { exact: true }).first().waitFor();
    expect(await alice.getByText('Alice Ng').count()).toBe(1);
    expect(await page.locator('#light-door-bob .status').textContent()).toBe('Unknown');
    expect(await page.locator('#light-door-bob .since').textContent()).toBe('no word from Teams yet');
    expect(await lamp('door-alice').getAttribute('aria-label')).toBe('Lamp: green, steady');
    expect(await lamp('door-bob').getAttribute('aria-label')).toBe('Lamp: offline');
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
    expect(mock.posts).toEqual([
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
    await page.getByText('wants red, pulsing').waitFor();
    mock.send('light', { ...lights[0], show: red, state: red });
    await page.getByText('wants red, pulsing').waitFor({ state: 'detached' });
    expect(await lamp('door-alice').getAttribute('aria-label')).toBe('Lamp: red, pulsing');
  });

  it('says that the connection is lost, shows no light, and comes back', async () => {
    await expect.poll(async () => (await wall('door-alice'))[1]).toBeGreaterThan(100);
    mock.breakOff();
    await page.getByText('No connection since').waitFor();
    expect(await page.locator('#light-door-alice .status').textContent()).toBe('No connection');
    // It fades for a second; expect.poll alone would not wait that long.
    await expect.poll(async () => (await wall('door-alice'))[3], { timeout: 10_000 }).toBe(0);
    mock.mend();
    await page.locator('#light-door-alice .status', { hasText: 'Available' }).waitFor();
    await expect.poll(async () => (await wall('door-alice'))[1]).toBeGreaterThan(100);
  });
});
