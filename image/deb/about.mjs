// Writes into a package.json which release this is: about.mjs FILE [VERSION]; prints the version.
import { readFileSync, writeFileSync } from 'node:fs';

const [file, version] = process.argv.slice(2);
const about = JSON.parse(readFileSync(file, 'utf8'));
const madeAt = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000);
const until = new Date(madeAt);
// Two years of security updates from the day of release (SECURITY.md).
until.setUTCFullYear(until.getUTCFullYear() + 2);
if (version) about.version = version;
about.builtAt = madeAt.toISOString();
about.supportUntil = until.toISOString().slice(0, 10);
writeFileSync(file, `${JSON.stringify(about, null, 2)}\n`);
console.log(about.version);
