// Signs a release with Ed25519:
//   sign.mjs origin KEY URL            prints what a package carries: from where, and signed by whom, updates come
//   sign.mjs release KEY DIR CHANGES   writes DIR/release.json and its signature, for the packages in DIR
//   sign.mjs file KEY FILE             writes FILE.sig: base64 of the signature over the bytes of FILE
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [what, keyFile, ...rest] = process.argv.slice(2);
const key = createPrivateKey(readFileSync(keyFile));
if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${keyFile} is no Ed25519 key.`);

function signFile(file) {
  writeFileSync(`${file}.sig`, `${sign(null, readFileSync(file), key).toString('base64')}\n`);
}

/** What dpkg says of a package. */
function field(file, name) {
  return execFileSync('dpkg-deb', ['-f', file, name]).toString().trim();
}

function release(folder, changesFile) {
  const packages = {};
  let version;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    const bytes = readFileSync(join(folder, file));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    packages[field(join(folder, file), 'Architecture')] = { file, size: bytes.length, sha256 };
    const own = field(join(folder, file), 'Version');
    if (version && version !== own) throw new Error(`${folder} holds packages of ${version} and of ${own}.`);
    version = own;
  }
  const madeAt = new Date(Number(process.env.SOURCE_DATE_EPOCH ?? Date.now() / 1000) * 1000);
  const until = new Date(madeAt);
  // As image/deb/about.mjs has it.
  until.setUTCFullYear(until.getUTCFullYear() + 2);
  const changes = readFileSync(changesFile, 'utf8').split('\n').filter(Boolean);
  const text = JSON.stringify({
    product: 'doorlight',
    version,
    madeAt: madeAt.toISOString(),
    supportUntil: until.toISOString().slice(0, 10),
    changes,
    packages,
  });
  writeFileSync(join(folder, 'release.json'), text);
  signFile(join(folder, 'release.json'));
}

if (what === 'origin') {
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  console.log(JSON.stringify({ url: rest[0], key: pem }));
} else if (what === 'release') release(rest[0], rest[1]);
else if (what === 'file') signFile(rest[0]);
else throw new Error('sign.mjs origin | release | file');
