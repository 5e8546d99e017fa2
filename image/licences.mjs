// Lists what is shipped with its licence, and fails on one that a product under the MIT licence may not carry.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// MPL-2.0 binds the files that are under it, and those are shipped as they came, with their source.
const allowed =
  /^(MIT|MIT-0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|MPL-2\.0)$/;
const root = fileURLToPath(new URL('..', import.meta.url));
const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));
let refused = 0;
for (const [path, { version, license = 'unknown', dev, devOptional }] of Object.entries(packages)) {
  if (!path || dev || devOptional) continue;
  const choices = license.replaceAll(/[()]/g, '').split(/ OR /);
  console.log(`${path.replace(/^.*node_modules\//, '')} ${version} ${license}`);
  if (!choices.some((choice) => choice.split(' AND ').every((one) => allowed.test(one)))) {
    console.error(`${path}: the licence ${license} is not on the list.`);
    refused++;
  }
}
process.exitCode = refused ? 1 : 0;
