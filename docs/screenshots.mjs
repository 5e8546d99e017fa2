// Takes the pictures of the documentation from the running demo: npm run screenshots
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { chromium } from 'playwright-core';

/** What a picture may weigh, in bytes: more than that slows the README down. */
const heaviest = 200_000;
const phone = { width: 390, height: 844 };

const here = dirname(fileURLToPath(import.meta.url));
const ports = ['web', 'hooks', 'mqtt', 'mqtts', 'probe'].flatMap((name) => [`--${name}-port`, '0']);
const demo = spawn(process.execPath, [join(here, '../dist/bridge/main.js'), 'demo', ...ports], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

const web = await new Promise((resolve) => {
  let text = '';
  demo.stdout.on('data', (chunk) => {
    text += String(chunk);
    const url = /^ready web=(\S+)/m.exec(text)?.[1];
    if (url) resolve(url);
  });
});

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
});
const isPresent = (person, data) => page.request.post(`${web}/api/demo/people/${person}/presence`, { data });
const context = await browser.newContext({
  viewport: { width: 1080, height: 675 },
  colorScheme: 'dark',
  locale: 'en-GB',
});
const page = await context.newPage();

/** Chromium packs its pictures in haste. The same one, each line as what differs from the line above, packed well. */
async function packed(png) {
  const blank = await context.newPage();
  const { width, height, rgb } = await blank.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png.toString('base64')}';
    await image.decode();
    const { width, height } = image;
    const ink = new OffscreenCanvas(width, height).getContext('2d');
    ink.drawImage(image, 0, 0);
    const { data } = ink.getImageData(0, 0, width, height);
    // Even numbers only: nobody sees it, and soft light weighs half.
    const rgb = data.filter((_, at) => at % 4 < 3).map((level) => level & 0xfe);
    const file = new FileReader();
    file.readAsDataURL(new Blob([rgb]));
    await new Promise((resolve) => file.addEventListener('load', resolve));
    return { width, height, rgb: file.result.split(',')[1] };
  })()`);
  await blank.close();
  const bytes = Buffer.from(rgb, 'base64');
  const stride = width * 3;
  const lines = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    lines[y * (stride + 1)] = 2;
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      lines[y * (stride + 1) + 1 + x] = bytes[at] - (y > 0 ? bytes[at - stride] : 0);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

async function picture(of, name) {
  // What fades in is there.
  await of.waitForTimeout(1_500);
  const shot = await of.screenshot();
  const bytes = await packed(shot);
  console.log(`${name}.png ${Math.round(bytes.length / 1000)} KB`);
  if (bytes.length > heaviest)
    throw new Error(`${name}.png weighs ${bytes.length} bytes: at most ${heaviest}.`);
  writeFileSync(join(here, `${name}.png`), bytes);
}

try {
  await isPresent('bob', { availability: 'Available' });
  await isPresent('carol', { availability: 'Away' });
  await page.goto(web);
  await page.getByRole('button', { name: 'Make Alice call' }).click();
  await page.getByRole('button', { name: /End Alice/ }).waitFor();
  await page.locator('#light-door-carol canvas[aria-label*="amber"]').waitFor();
  await picture(page, 'corridor');

  await page.goto(`${web}/health`);
  await page.getByText('As it should be').nth(3).waitFor();
  await picture(page, 'health');

  // A phone beside Bob's door, made a lamp as its owner does it.
  const answer = await page.request.get(`${web}/api/config`);
  const lamp = { kind: 'page', name: 'Room 206', shows: ['bob'] };
  const changed = await page.request.patch(`${web}/api/config`, {
    headers: { 'if-match': answer.headers().etag },
    data: { changes: [{ path: 'lights/phone', value: lamp }] },
  });
  if (!changed.ok()) throw new Error(await changed.text());
  const link = await page.request.post(`${web}/api/links`, { data: { kind: 'lamp', light: 'phone' } });
  const screen = await browser.newPage({ viewport: phone, locale: 'en-GB' });
  await screen.goto(new URL((await link.json()).path, web).href);
  await screen.getByRole('button', { name: 'Make it a lamp' }).click();
  await isPresent('bob', { availability: 'Available' });
  await screen.locator('.lamp-status', { hasText: 'Available' }).waitFor();
  await picture(screen, 'lamp');

  const hand = await browser.newPage({ viewport: phone, colorScheme: 'dark', locale: 'en-GB' });
  await hand.goto(web);
  await hand.locator('#light-door-alice canvas[aria-label*="red"]').waitFor();
  await picture(hand, 'phone');
} finally {
  await browser.close();
  demo.kill('SIGINT');
}
