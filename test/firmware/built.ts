/** The firmware, built once for each test file that asks. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPrograms } from '../../firmware-js/build.ts';

export interface Built {
  app: string;
  loader: string;
  setup: string;
}

export async function buildAll(): Promise<Built> {
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-firmware-'));
  try {
    await buildPrograms(folder);
    const read = (name: string) => readFileSync(join(folder, `${name}.js`), 'latin1');
    return { app: read('app'), loader: read('loader'), setup: read('setup') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
