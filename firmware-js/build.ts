/** Builds the firmware: minified files that Espruino can run, or an error that says what it could not. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { minify } from 'terser';
import { checkEspruino } from './gate.ts';

/**
 * Syntax that Espruino lacks and esbuild can write in another way. What it cannot is left to the gate, which sees only
 * what the firmware really uses of the files that it shares with the bridge.
 */
const rewritten = ['exponent-operator', 'logical-assignment', 'optional-chain'];

/** Names of properties that stay inside the firmware, neither Espruino's nor on any wire: shorter there. */
const insideNames =
  'settings file connected willTopic topics disconnected lastRestart publish fault onOversize nextNonce report ' +
  'onMessage onResult oversize onClosed clientId display onReady giveUp cable command answer oversized starts reason boot ' +
  'start isUp message';

/** Functions of the app that stay by themselves, though called once: what stands in another one is read twice at each call. */
const oftenCalled = ['renderShow', 'parseShow'];

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

/**
 * The code, and the place in the sources of each place in it.
 * @param bare as the body of a function, which whoever starts it makes; else in one of its own
 */
async function bundle(root: string, entry: string, bare: boolean) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: 'app.js',
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    write: false,
    sourcemap: 'external',
    // Its own `iife` would wrap `require` in a shim that asks for Proxy.
    format: 'cjs',
    banner: { js: bare ? '' : '(() => {' },
    footer: { js: bare ? '' : '})();' },
    target: 'es2020',
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'silent',
    mangleProps: new RegExp(`^(${insideNames.split(' ').join('|')})$`),
    supported: Object.fromEntries(rewritten.map((feature) => [feature, false])),
    external: ['Storage', 'TelnetServer', 'Wifi', 'crypto', 'dgram', 'http', 'neopixel', 'net'],
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
 * A function that is called once moves to where it is called: on the chip each one takes memory while it has a name.
 */
async function squeeze(code: string, bare: boolean): Promise<string> {
  const { code: small } = await minify(code, {
    toplevel: bare,
    compress: {
      ...(bare ? { top_retain: oftenCalled } : {}),
      passes: 4,
      ecma: 2015,
      inline: 3,
      pure_getters: true,
      keep_fargs: false,
    },
    format: { ascii_only: true },
  });
  return small!;
}

/** The three texts of a lamp's Storage: what starts the app, the app, and what it reads for its set-up network. */
export const programs = { loader: 'loader.ts', app: 'main.ts', setup: 'setup.ts' } as const;

/** What the app may take of a chip: bytes of its Storage, and variables of its interpreter (a board has about 3,400). */
export const budget = { bytes: 14 * 1024, variables: 1200 };

/**
 * Writes `loader.js`, `app.js` and `setup.js` into a folder.
 * @returns the size of each in bytes
 * @throws Error as `buildFirmware`, and when the app is larger than its budget
 */
export async function buildPrograms(folder: string): Promise<Record<keyof typeof programs, number>> {
  const root = findSources();
  const sizes = { loader: 0, app: 0, setup: 0 };
  for (const name of Object.keys(programs) as (keyof typeof programs)[]) {
    const entry = join(root, 'firmware-js', programs[name]);
    sizes[name] = (await buildFirmware(join(folder, `${name}.js`), entry)).bytes;
  }
  if (sizes.app > budget.bytes) {
    throw new Error(`the firmware has ${sizes.app} bytes: ${sizes.app - budget.bytes} more than its budget`);
  }
  return sizes;
}

/**
 * Writes the firmware to `outFile`; the same sources give the same bytes.
 * @param entry the first source file; another one than `main.ts` is for tests
 * @throws Error naming file, line and construct when a source uses what Espruino cannot run
 */
export async function buildFirmware(outFile: string, entry?: string): Promise<{ bytes: number }> {
  const root = findSources();
  const main = join(root, 'firmware-js', programs.app);
  const bare = (entry ?? main) === main;
  const { code, locate } = await bundle(root, entry ?? main, bare);
  checkEspruino(code, locate);
  const small = await squeeze(code, bare);
  checkEspruino(small, () => 'the minified firmware');
  await mkdir(dirname(outFile), { recursive: true });
  await writeFile(outFile, small);
  return { bytes: Buffer.byteLength(small) };
}
