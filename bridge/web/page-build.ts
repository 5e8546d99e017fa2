/** Builds the browser's half with esbuild, a development dependency: for build.mjs, and for the tests of the page. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { type BuildOptions, build, type Metafile } from 'esbuild';

/**
 * Writes page.js, page.css, sw.js and one chunk for each room and language from `source` into `target`, and beside
 * each file its .br and .gz. A file in texts/ is a language; its name is the language's tag.
 */
export async function buildPage(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const texts = await readdir(join(source, 'texts'));
  const languages = texts.flatMap((name) => /^([a-z]{2}(?:-[A-Z]{2})?)\.ts$/.exec(name)?.[1] ?? []);
  const common: BuildOptions = {
    outdir: target,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  };
  const { metafile } = await build({
    ...common,
    entryPoints: [join(source, 'page.tsx')],
    splitting: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    chunkNames: 'room-[hash]',
    define: { LANGUAGES: JSON.stringify(languages) },
    metafile: true,
  });
  // A service worker is one file, and imports nothing.
  await build({ ...common, entryPoints: [join(source, 'sw.ts')] });
  await copyFile(join(source, 'icon.svg'), join(target, 'icon.svg'));
  const html = await readFile(join(source, 'index.html'), 'utf8');
  const withPreloads = (file: string, rooms: readonly string[]) =>
    writeFile(join(target, file), html.replace('</head>', `${preloads(metafile, rooms)}</head>`));
  await withPreloads('index.html', []);
  await withPreloads('inside.html', ['/inside.ts']);
  for (const name of await readdir(target)) {
    if (/\.(br|gz)$/.test(name)) continue;
    const bytes = await readFile(join(target, name));
    await writeFile(join(target, `${name}.br`), await promisify(brotliCompress)(bytes));
    await writeFile(join(target, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }));
  }
}

/**
 * What page.js imports at once, and the English texts, which it most often asks for next, are asked for together with it
 * and not after it: a phone's network is slow to answer. The texts come last, behind what every browser needs.
 * `rooms` are chunks that page.js asks for later; at their own addresses they are wanted at once.
 */
function preloads({ outputs }: Metafile, rooms: readonly string[]): string {
  const [, entry] = Object.entries(outputs).find(([path]) => path.endsWith('/page.js')) ?? [];
  const chunks = (entry?.imports ?? []).filter(({ kind }) => kind === 'import-statement');
  const later = [...rooms, '/texts/en.ts'].flatMap((name) =>
    Object.keys(outputs).filter((path) => outputs[path]?.entryPoint?.endsWith(name)),
  );
  return [...chunks.map(({ path }) => path), ...later]
    .map((path) => `<link rel="modulepreload" href="/${basename(path)}" />`)
    .join('');
}
