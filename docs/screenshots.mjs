// Takes the pictures of the documentation from the running demo: npm run screenshots
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

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
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.request.post(`${web}/api/demo/people/bob/presence`, { data: { availability: 'Available' } });
  await page.goto(web);
  await page.getByRole('button', { name: 'Make Alice call' }).click();
  await page.getByRole('button', { name: /End Alice/ }).waitFor();
  await page.waitForTimeout(1_000);
  await page.screenshot({ path: join(here, 'corridor.png') });
} finally {
  await browser.close();
  demo.kill('SIGINT');
}
