// Builds into dist/ what is older there than its sources: the bridge and simulator (tsc), the firmware, the page.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(dirname(fileURLToPath(import.meta.url)));
const stamp = 'dist/.built';
const sources = [
  'protocol',
  'bridge',
  'simulator',
  'firmware-js',
  'package.json',
  'tsconfig.json',
  'build.mjs',
];

/** The newest change below a path, in ms; 0 when there is nothing. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const builtAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
const changedAt = Math.max(...sources.map(newest));
if (changedAt > builtAt) {
  const require = createRequire(import.meta.url);
  let tsc;
  try {
    tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
    require.resolve('esbuild');
  } catch {
    console.error(
      'Doorlight must be built and this clone lacks what builds it: run "npm ci" with its dev dependencies.',
    );
    process.exit(1);
  }
  rmSync('dist', { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);

  // So that npx finds the command in a clone, too.
  chmodSync('dist/bridge/main.js', 0o755);

  const { buildPrograms, budget } = await import('./dist/firmware-js/build.js');
  const { loader, app, setup } = await buildPrograms('dist/firmware-js');
  console.log(`firmware: loader ${loader}, app ${app} (at most ${budget.bytes}), setup ${setup} bytes`);
  if (process.env.ESPRUINO) {
    const { countVariables } = await import('./dist/firmware-js/count.js');
    const used = await countVariables(
      process.env.ESPRUINO,
      readFileSync('dist/firmware-js/loader.js', 'latin1'),
      readFileSync('dist/firmware-js/app.js', 'latin1'),
    );
    console.log(`firmware: ${used} variables in use (at most ${budget.variables})`);
    if (used > budget.variables) process.exit(1);
  } else console.log("firmware: variables not counted, ESPRUINO is not set to Espruino's Linux build");

  const { buildPage } = await import('./dist/bridge/web/page-build.js');
  await buildPage('bridge/web/page', 'dist/bridge/web/public');

  writeFileSync(stamp, '');
  // What changes while the build runs is newer than it.
  utimesSync(stamp, changedAt / 1000, changedAt / 1000 + 0.001);
}
