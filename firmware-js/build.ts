/** Builds the firmware: one minified file that Espruino can run, or an error that says what it could not. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { checkEspruino } from './gate.ts';

/**
 * Syntax that Espruino lacks (its README and `src/jsparse.c`). esbuild rewrites the harmless ones (`?.`, `**`, `??=`)
 * and refuses the others, naming file and line.
 */
const unsupported = [
  'array-spread',
  'async-await',
  'async-generator',
  'bigint',
  'class',
  'class-field',
  'class-static-field',
  'default-argument',
  'destructuring',
  'dynamic-import',
  'exponent-operator',
  'for-await',
  'generator',
  'import-meta',
  'logical-assignment',
  'nested-rest-binding',
  'new-target',
  'object-rest-spread',
  'optional-chain',
  'regexp-dot-all-flag',
  'regexp-lookbehind-assertions',
  'regexp-named-capture-groups',
  'regexp-sticky-and-unicode-flags',
  'regexp-unicode-property-escapes',
  'rest-argument',
  'top-level-await',
  'unicode-escapes',
];

/** The folder of the sources: the build itself may run from `dist`. */
function findSources(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'firmware-js/main.ts'))) {
    const above = dirname(folder);
    if (above === folder)
      throw new Error('firmware-js/main.ts not found: build from a checkout of Doorlight');
    folder = above;
  }
  return folder;
}

async function bundle(root: string, entry: string, minify: boolean): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    // Its own `iife` would wrap `require` in a shim that asks for Proxy.
    format: 'cjs',
    banner: { js: '(() => {' },
    footer: { js: '})();' },
    target: 'es2020',
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'silent',
    minify,
    supported: Object.fromEntries(unsupported.map((feature) => [feature, false])),
    external: ['Storage', 'Wifi', 'crypto', 'dgram', 'neopixel', 'net'],
    define: { FIRMWARE_VERSION: JSON.stringify(version) },
    tsconfigRaw: {},
  });
  return result.outputFiles[0]!.text;
}

/**
 * Writes the firmware to `outFile`; the same sources give the same bytes.
 * @param entry the first source file; another one than `main.ts` is for tests
 * @throws Error naming file, line and construct when a source uses what Espruino cannot run
 */
export async function buildFirmware(outFile: string, entry?: string): Promise<{ bytes: number }> {
  const root = findSources();
  const source = entry ?? join(root, 'firmware-js/main.ts');
  // The readable form is checked for the sake of the error's file and line, the other because it is what runs.
  checkEspruino(await bundle(root, source, false));
  const code = await bundle(root, source, true);
  checkEspruino(code);
  await mkdir(dirname(outFile), { recursive: true });
  await writeFile(outFile, code);
  return { bytes: Buffer.byteLength(code) };
}
