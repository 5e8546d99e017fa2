// An entry for Raspberry Pi Imager (its os_list JSON): imager.mjs IMAGE VERSION, with IMAGE.xz beside it.
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';

const [image, version] = process.argv.slice(2);

async function sha256(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

const madeAt = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000);
const entry = {
  name: `Doorlight ${version}`,
  description: 'Microsoft Teams presence on a light',
  icon: '',
  url: `${process.env.IMAGE_URL ?? '.'}/${basename(image)}.xz`,
  extract_size: statSync(image).size,
  extract_sha256: await sha256(image),
  image_download_size: statSync(`${image}.xz`).size,
  image_download_sha256: await sha256(`${image}.xz`),
  release_date: madeAt.toISOString().slice(0, 10),
  // Settings are made in doorlight.txt on the card, not by Imager.
  init_format: 'none',
  devices: ['pi3-64bit', 'pi4-64bit'],
};
console.log(JSON.stringify({ os_list: [entry] }, null, 2));
