/** Builds the firmware: one minified file that Espruino can run, or an error that says what it could not. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { checkEspruino } from './gate.ts';

/**
 * Syntax that Espruino lacks and esbuild can write in another way. What it cannot is left to the gate, which sees only
 * what the firmware really uses of the files that it shares with the bridge.
 */
const rewritten = ['exponent-operator', 'logical-assignment', 'optional-chain'];

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

/** The code, and the place in the sources of each place in it. */
async function bundle(root: string, entry: string) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: 'app.js',
    bundle: true,
    minify: true,
    write: false,
    sourcemap: 'external',
    // Its own `iife` would wrap `require` in a shim that asks for Proxy.
    format: 'cjs',
    banner: { js: '(() => {' },
    footer: { js: '})();' },
    target: 'es2020',
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'silent',
    supported: Object.fromEntries(rewritten.map((feature) => [feature, false])),
    external: ['Storage', 'Wifi', 'crypto', 'dgram', 'neopixel', 'net'],
    define: { FIRMWARE_VERSION: JSON.stringify(version) },
    tsconfigRaw: {},
  });
  const textOf = (ending: string) => result.outputFiles.find((file) => file.path.endsWith(ending))!.text;
  const map = new SourceMap(JSON.parse(textOf('.map')));
  return {
    code: textOf('.js'),
    locate(line: number, column: number): string {
      const entry = map.findEntry(line - 1, column);
      return 'originalSource' in entry ? `${entry.originalSource}:${entry.originalLine + 1}` : `line ${line}`;
    },
  };
}

/**
 * Writes the firmware to `outFile`; the same sources give the same bytes.
 * @param entry the first source file; another one than `main.ts` is for tests
 * @throws Error naming file, line and construct when a source uses what Espruino cannot run
 */
export async function buildFirmware(outFile: string, entry?: string): Promise<{ bytes: number }> {
  const root = findSources();
  const { code, locate } = await bundle(root, entry ?? join(root, 'firmware-js/main.ts'));
  checkEspruino(code, locate);
  await mkdir(dirname(outFile), { recursive: true });
  await writeFile(outFile, code);
  return { bytes: Buffer.byteLength(code) };
}
