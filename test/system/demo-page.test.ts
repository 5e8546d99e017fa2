import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDemo } from './demo-process.ts';
import { type Ends, endAll } from './kit.ts';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const found = existsSync(executablePath);
const why = found ? '' : ` (skipped: no Chromium at ${executablePath}; set CHROMIUM to one)`;
const ends: Ends = [];
afterEach(() => endAll(ends));

describe.skipIf(!found)(`the demo in a browser${why}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
    });
  });
  afterAll(() => browser?.close());

  it('shows cause and effect: Alice calls, and her lamp pulses red in the pixels of its firmware', async () => {
    const { urls } = await openDemo(ends);
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    await page.goto(urls['web']!);
    const lamp = (id: string) => page.locator(`#light-${id} canvas`);
    await lamp('door-alice').and(page.locator('[aria-label*="green"]')).waitFor();
    expect(await page.locator('[id^=light-]').count()).toBe(4);

    await page.getByRole('button', { name: 'Make Alice call' }).click();
    for (const id of ['door-alice', 'usb-desk']) {
      await lamp(id).and(page.locator('[aria-label*="red"]')).waitFor();
    }
    await page.getByText('In a call', { exact: true }).first().waitFor();
    const wall = () =>
      page.evaluate(`(() => {
        const canvas = document.querySelector('#light-door-alice canvas');
        const at = [canvas.width * 0.5 + canvas.height * 0.08, canvas.height * 0.15];
        return [...canvas.getContext('2d').getImageData(at[0], at[1], 1, 1).data];
      })()`) as Promise<number[]>;
    await expect
      .poll(async () => (await wall())[0]! > 2 * (await wall())[1]!, { timeout: 10_000 })
      .toBe(true);

    await page.getByRole('button', { name: /End Alice/ }).click();
    await lamp('door-alice').and(page.locator('[aria-label*="green"]')).waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });
});
