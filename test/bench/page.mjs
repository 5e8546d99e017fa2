// How long a phone waits for the board: the demo's page in a fresh Chromium, its processor slowed four times, over a
// slow 4G line (1.6 Mbit/s, 150 ms). By the page's own clock: when something is painted, when the first door's status is
// (the largest text; what can be pressed is there with it); and from outside, when the machine is at rest behind it, the
// lamp painted. Bytes are as sent.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const rounds = 7;
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
try {
  const times = { first: [], status: [], outside: [] };
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB' });
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', line);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
    bytes = 0;
    cdp.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    const from = performance.now();
    await page.goto(web, { waitUntil: 'commit' });
    await page.locator('#light-door-alice .status').waitFor();
    times.outside.push(performance.now() - from);
    const painted = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const seen = (list) => resolve(list.getEntries().map(({ startTime }) => startTime));
          new PerformanceObserver(seen).observe({ type: 'largest-contentful-paint', buffered: true });
        }),
    );
    times.first.push(painted[0]);
    times.status.push(painted.at(-1));
    await context.close();
  }
  for (const [what, list] of Object.entries(times)) {
    list.sort((a, b) => a - b);
    const [median, worst] = [list[rounds >> 1], list.at(-1)].map(Math.round);
    console.log(`board on a slow phone, ${what}: median ${median} ms, worst ${worst} ms of ${rounds}`);
  }
  console.log(`${bytes} bytes`);
} finally {
  await browser.close();
  demo.kill('SIGINT');
}
