// How long a phone waits for each room: the demo's page in a fresh Chromium, its processor slowed four times, over a
// slow 4G line (1.6 Mbit/s, 150 ms). By the page's own clock: when something is painted, and when what the room is for
// is there and can be pressed. On the board that is the first door's status; its lamp is painted later. Bytes are as sent.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const rounds = Number(process.env.ROUNDS ?? 7);
const line = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
const slower = 4;

const main = join(dirname(fileURLToPath(import.meta.url)), '../../dist/bridge/main.js');
const ports = ['web', 'hooks', 'mqtt', 'mqtts', 'probe'].flatMap((name) => [`--${name}-port`, '0']);
const demo = spawn(process.execPath, [main, 'demo', ...ports], { stdio: ['ignore', 'pipe', 'inherit'] });
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
const rooms = {
  '/': '#light-door-alice .status',
  '/health': '.chain',
  '/settings': '.parts a',
  '/settings/people': '.entry summary',
  '/setup/light': '.option',
};

async function visit(path, wanted) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB' });
  const page = await context.newPage();
  await page.addInitScript((selector) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector(selector)) return;
      observer.disconnect();
      // Drawn two frames later.
      requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('usable')));
    }).observe(document, { childList: true, subtree: true });
  }, wanted);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', line);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
  let bytes = 0;
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(web + path, { waitUntil: 'commit' });
  await page.waitForFunction(() => performance.getEntriesByName('usable').length > 0);
  const [first, usable] = await page.evaluate(() =>
    ['first-contentful-paint', 'usable'].map((name) => performance.getEntriesByName(name)[0]?.startTime),
  );
  await context.close();
  return { first, usable, bytes };
}

try {
  for (const [path, wanted] of Object.entries(rooms)) {
    const visits = [];
    for (let round = 0; round < rounds; round++) visits.push(await visit(path, wanted));
    const said = ['first', 'usable'].map((what) => {
      const list = visits.map((one) => one[what]).sort((a, b) => a - b);
      return `${what} ${Math.round(list[rounds >> 1])} (worst ${Math.round(list.at(-1))}) ms`;
    });
    console.log(`${path}: ${said.join(', ')}, ${visits[0].bytes} bytes`);
  }
} finally {
  await browser.close();
  demo.kill('SIGINT');
}
