/** Each rule, changed on the page as a visitor of the demo does it, and seen on the lamps and in the answers. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { found, launch, visit, why } from '../page/browser.ts';
import { openDemo } from './demo-process.ts';
import { type Ends, endAll } from './kit.ts';

const ends: Ends = [];
const waits = { timeout: 30_000 };

describe.skipIf(!found)(`the rules in a browser${why}`, () => {
  let browser: Browser;
  let page: Page;
  let web: string;
  let ca: string;

  beforeAll(async () => {
    browser = await launch();
    const { urls } = await openDemo(ends);
    web = urls['web']!;
    ca = urls['ca']!;
    page = (await visit(browser, { viewport: { width: 1280, height: 900 } })).page;
    page.setDefaultTimeout(waits.timeout);
    // The day of the demo would change it otherwise.
    await teams('bob', { availability: 'Available' });
    await teams('alice', { availability: 'Busy', activity: 'InAMeeting' });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await endAll(ends);
  });

  const teams = (who: string, data: object) =>
    page.request.post(`${web}/api/demo/people/${who}/presence`, { data });
  const light = async (id: string) =>
    ((await (await page.request.get(`${web}/api/lights`)).json()) as Record<string, unknown>[]).find(
      (one) => one['id'] === id,
    ) as { show: unknown; state: unknown };
  const shows = (id: string, part: object) =>
    expect.poll(async () => (await light(id)).state, waits).toMatchObject(part);
  const open = (part: string) => page.goto(`${web}/settings/${part}`);
  const entry = (name: string) => page.locator('.entry', { hasText: name });
  async function unfold(part: string, name: string) {
    await open(part);
    await entry(name).first().locator('summary').click();
    return entry(name).first();
  }
  async function save(where: Page | ReturnType<typeof entry> = page) {
    await where.getByRole('button', { name: 'Save', exact: true }).first().click();
    await where
      .getByRole('button', { name: 'Save', exact: true })
      .and(page.locator(':disabled'))
      .first()
      .waitFor();
  }
  const red = { r: 255, g: 0, b: 0 };

  it('a look', async () => {
    await shows('door-alice', { color: red });
    const row = await unfold('looks', 'In a meeting');
    await row.getByLabel('Colour').fill('#00ffff');
    await save();
    await shows('door-alice', { color: { r: 0, g: 255, b: 255 } });
  }, 60_000);

  it('the brightness of a light', async () => {
    const row = await unfold('lights', 'Alice Ng');
    await row.getByLabel('Brightness').first().fill('0.5');
    await save(row);
    await shows('door-alice', { brightness: 128 });
  }, 60_000);

  it('the brightness by night', async () => {
    await shows('door-carol', { brightness: 255 });
    const row = await unfold('lights', 'Carol Diaz');
    await row.getByLabel('Dimmer at night').check();
    // The bridge is on this machine, and in its zone.
    const hour = (more: number) => `${String((new Date().getHours() + more) % 24).padStart(2, '0')}:00`;
    await row.getByLabel('From').fill(hour(23));
    await row.getByLabel('To', { exact: true }).fill(hour(2));
    await row.locator('.night').getByLabel('Brightness').fill('0.2');
    await save(row);
    await shows('door-carol', { brightness: 51 });
    await row.getByLabel('Dimmer at night').uncheck();
    await save(row);
    await shows('door-carol', { brightness: 255 });
  }, 60_000);

  it('looks that are told apart without colour', async () => {
    await teams('carol', { availability: 'Busy' });
    await shows('door-carol', { color: red, effect: 'solid' });
    await open('looks');
    await page.getByLabel('Tell apart without colour').check();
    await shows('door-carol', { effect: 'blink-slow' });
    await page.getByLabel('Tell apart without colour').uncheck();
    await shows('door-carol', { effect: 'solid' });
  }, 60_000);

  it('a signed message to another program', async () => {
    const posts: { body: string; signature: unknown }[] = [];
    const receiver = createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      posts.push({ body, signature: request.headers['doorlight-signature'] });
      response.writeHead(204).end();
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    ends.push(() => new Promise((done) => receiver.close(done)));
    await open('notify');
    await page.getByRole('button', { name: 'Add a receiver' }).click();
    await page.getByLabel('Address').fill('http://elsewhere.example/hook');
    await page.getByLabel('Secret').fill('a-shared-secret');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.wrong', { hasText: 'expected an https URL' }).first().waitFor();
    await page
      .getByLabel('Address')
      .fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`);
    await page.getByText('Carol Diaz').first().click();
    await save();
    await teams('carol', { availability: 'Away' });
    await expect.poll(() => posts.at(-1)?.body, waits).toContain('"status":"away"');
    expect(posts.at(-1)!.signature).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
  }, 60_000);

  it('a board for a reception: it shows, and changes nothing', async () => {
    await open('links');
    await page.getByRole('button', { name: 'Make a link' }).nth(1).click();
    const link = await page.getByLabel('Shown only now').inputValue();
    const reception = (await visit(browser, { viewport: { width: 1024, height: 768 } })).page;
    await reception.goto(link);
    const row = reception.locator('.row', { hasText: 'Carol Diaz' }).first();
    await row.getByText('Away', { exact: true }).first().waitFor();
    await teams('carol', { availability: 'Available' });
    await row.getByText('Available', { exact: true }).first().waitFor();
    expect(await reception.getByRole('button', { name: 'Set', exact: true }).count()).toBe(0);
    await page.reload();
    const board = page.locator('.row', { hasText: 'Board' });
    await board.getByRole('button').first().click();
    // It asks first.
    await board.locator('.sure').getByRole('button').first().click();
    await reception.reload();
    await reception.getByText('Carol Diaz').waitFor({ state: 'detached' });
    await reception.context().close();
  }, 60_000);

  it('several people on one light', async () => {
    const row = await unfold('lights', 'Bob Meyer');
    await row.getByLabel('Alice Ng').check();
    await row.getByLabel('Several people').selectOption('first');
    await save(row);
    await shows('door-bob', { color: { r: 0, g: 255, b: 0 } });
    await row.getByLabel('Several people').selectOption('busiest');
    await save(row);
    await shows('door-bob', { color: { r: 0, g: 255, b: 255 } });
  }, 60_000);

  it('how much of a person others may know', async () => {
    const row = await unfold('people', 'Alice Ng');
    await row.getByLabel('Others may see').selectOption('busy-free');
    await save(row);
    await shows('door-alice', { color: red });
    await page.goto(web);
    await page.locator('#light-door-alice').getByText('Busy', { exact: true }).first().waitFor();
  }, 60_000);

  it('a status by hand, with an end and ended', async () => {
    await page.goto(web);
    await page.getByLabel('More on Carol Diaz').first().click();
    const row = page.locator('.row', { hasText: 'Carol Diaz' }).first();
    await row.getByLabel('Status').selectOption('presenting');
    await row.getByRole('button', { name: 'Set', exact: true }).click();
    await row.getByText('set by hand until').waitFor();
    await shows('door-carol', { color: red, effect: 'blink-slow' });
    await row.getByRole('button', { name: 'End it now' }).click();
    await row.getByText('set by hand until').waitFor({ state: 'detached' });
  }, 60_000);

  it('a holiday of a calendar file, which is refused in words while it is not there', async () => {
    await open('quiet');
    await page.getByRole('button', { name: 'Add quiet hours' }).click();
    await page.getByLabel('Time zone').fill('UTC');
    // At no hour of the day itself: only the holiday makes it dark.
    const hour = String((new Date().getUTCHours() + 12) % 24).padStart(2, '0');
    await page.getByLabel('Dark from').fill(`${hour}:00`);
    await page.getByLabel('until').fill(`${hour}:01`);
    await page.getByLabel('All lights').uncheck();
    for (const other of ['Alice Ng', 'Bob Meyer', 'Carol Diaz']) await page.getByLabel(other).uncheck();
    const calendar = join(dirname(ca), 'holidays.ics');
    await page.getByLabel('Holidays').fill('./holidays.ics');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.wrong', { hasText: 'holidays.ics' }).first().waitFor();
    const day = (ms: number) => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
    const lines = [
      ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//contoso//test//EN', 'BEGIN:VEVENT', 'UID:1'],
      `DTSTART;VALUE=DATE:${day(Date.now())}`,
      `DTEND;VALUE=DATE:${day(Date.now() + 2 * 86_400_000)}`,
      ...['SUMMARY:Holiday', 'END:VEVENT', 'END:VCALENDAR', ''],
    ];
    writeFileSync(calendar, lines.join('\r\n'));
    await save();
    await shows('usb-desk', { state: 'OFF' });
    await open('quiet');
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await shows('usb-desk', { state: 'ON' });
  }, 90_000);

  it('the own say of a person: less, a pause, out and back', async () => {
    await open('links');
    await page.getByLabel('Person', { exact: true }).selectOption('bob');
    await page.getByRole('button', { name: 'Make a link' }).first().click();
    const link = await page.getByLabel('Shown only now').inputValue();
    const bob = (await visit(browser, { viewport: { width: 390, height: 844 } })).page;
    await bob.goto(link);
    await bob.getByText('Where it is shown').waitFor();
    await bob.getByLabel('Busy or free only').check();
    const shared = async () =>
      (
        (await (await page.request.get(`${web}/api/people`)).json()) as {
          id: string;
          status: string;
          availability?: string;
        }[]
      ).find(({ id }) => id === 'bob')!;
    await expect.poll(async () => (await shared()).availability, waits).toBeUndefined();
    await bob.getByRole('button', { name: '1 hour' }).first().click();
    await bob.getByText('Paused until').waitFor();
    await expect.poll(async () => (await shared()).status, waits).toBe('unknown');
    await bob.getByRole('button', { name: 'End the pause' }).click();
    await expect.poll(async () => (await shared()).status, waits).toBe('available');
    await bob.getByRole('button', { name: 'Leave Doorlight' }).click();
    await bob.getByRole('button', { name: 'Come back' }).waitFor();
    await expect.poll(async () => (await shared())?.status ?? 'gone', waits).not.toBe('available');
    await bob.getByRole('button', { name: 'Come back' }).click();
    await expect.poll(async () => (await shared())?.status, waits).toBe('available');
    await bob.context().close();
  }, 90_000);
});
