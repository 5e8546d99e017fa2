import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { budget, buildFirmware, buildPrograms } from '../../firmware-js/build.ts';
import { countVariables } from '../../firmware-js/count.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorlight-build-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('buildFirmware', () => {
  it('keeps to 14 KB, in plain ASCII, with the version inside', async () => {
    const { bytes } = await buildFirmware(join(folder, 'app.js'));
    const code = await readFile(join(folder, 'app.js'), 'latin1');
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(code).toHaveLength(bytes);
    expect(budget.bytes).toBe(14 * 1024);
    expect(bytes).toBeLessThanOrEqual(budget.bytes);
    expect(code).toMatch(/^[\n -~]*$/);
    expect(code).toContain(version);
  });

  it('gives the same bytes each time', async () => {
    await buildFirmware(join(folder, 'one.js'));
    await buildFirmware(join(folder, 'deeper/two.js'));
    expect(await readFile(join(folder, 'one.js'))).toEqual(await readFile(join(folder, 'deeper/two.js')));
  });

  it('refuses an app that is larger than its budget', async () => {
    const usual = budget.bytes;
    try {
      budget.bytes = 5000;
      await expect(buildPrograms(folder)).rejects.toThrow(
        /the firmware has \d+ bytes: \d+ more than its budget/,
      );
    } finally {
      budget.bytes = usual;
    }
  });

  const espruino = process.env['ESPRUINO'];
  const why = espruino ? '' : " (skipped: ESPRUINO is not set to the path of Espruino's Linux build)";
  it.skipIf(!espruino)(`keeps to its budget of variables${why}`, { timeout: 60_000 }, async () => {
    await buildPrograms(folder);
    const app = await readFile(join(folder, 'app.js'), 'latin1');
    const loader = await readFile(join(folder, 'loader.js'), 'latin1');
    const used = await countVariables(espruino!, loader, app);
    expect(used).toBeLessThanOrEqual(budget.variables);
    // And it does count: an app that does less has less in use.
    const more = await countVariables(espruino!, loader, `${app}var rest=[${'1234567,'.repeat(100)}];`);
    expect(more).toBeGreaterThan(used + 90);
  });

  // Each snippet stands in the second line of its file; `print` keeps it from being thrown away as unused.
  const refused: [construct: string, source: string][] = [
    ['destructuring', 'const { a } = JSON.parse("{}"); print(a);'],
    ['destructuring', 'const [a] = JSON.parse("[]"); print(a);'],
    ['spread', 'print(...JSON.parse("[]"));'],
    ['spread', 'print({ ...JSON.parse("{}") });'],
    ['a rest parameter', 'function f(...a) { print(a); } f(1); f(2);'],
    ['a default value', 'function f(a = 1) { print(a); } f(); f(2);'],
    ['an async function', 'async function f() { await print(1); } f(); f();'],
    ['a generator', 'function* f() { yield print(1); } f(); f();'],
    ['a label', 'a: for (;;) for (;;) { print(1); continue a; }'],
    ['extends', 'class A extends Error {} print(new A(), new A());'],
    ['a computed key', 'print({ [getTime()]: 1 });'],
    ['a tagged template', 'print`1`;'],
    ['a backtick in a template', 'print(`\\` ' + '$' + '{getTime()}`);'],
    [
      'a case after default',
      'switch (getTime()) { case 0: print(0); break; default: print(1); break; case 1: print(2); break; case 2: print(3); }',
    ],
    ['an assignment to length', 'const a = JSON.parse("[]"); a.length = 0; print(a);'],
    ['Array.from', 'print(Array.from("ab"));'],
    ['Array.prototype', 'print(Array.prototype.slice);'],
    ['the method flat', 'print(JSON.parse("[]").flat());'],
    ['the regular expression', 'print(/ab?/.test("a"));'],
    ['Map, which Espruino lacks', 'print(new Map());'],
    ['Promise, which Espruino lacks', 'print(Promise.resolve());'],
    ['setImmediate, which Espruino lacks', 'setImmediate(print);'],
    ['loop variable', 'for (let i = 0; i < 3; i++) setTimeout(() => print(i), 1);'],
    ['loop variable', 'for (const i of [1, 2]) setTimeout(() => print(i), 1);'],
    ['used above its declaration', 'f(); f(); function f() { print(1); if (getTime()) f(); }'],
    ['a character that is not plain ASCII', 'print("\\x04");'],
  ];

  it.each(refused)('refuses %s, naming file and line: %s', async (construct, source) => {
    const file = join(folder, 'wrong.ts');
    await writeFile(file, `print('first');\n${source}\n`);
    const building = buildFirmware(join(folder, 'app.js'), file);
    await expect(building).rejects.toThrow(construct);
    await expect(building).rejects.toThrow(/wrong\.ts:2: /);
  });

  it.each([
    ['optional chaining', 'print(JSON.parse("{}")?.a?.b);'],
    ['the operator **', 'print(getTime() ** 2);'],
    ['a constant made in a loop', 'for (const i of [1, 2]) { const k = i; setTimeout(() => print(k), 1); }'],
    [
      'a function that calls a later one, later',
      'function f() { g(); } function g() { print(1); f(); } g();',
    ],
  ])('lets pass, or rewrites, %s', async (_, source) => {
    await writeFile(join(folder, 'right.ts'), source);
    await buildFirmware(join(folder, 'app.js'), join(folder, 'right.ts'));
    expect(await readFile(join(folder, 'app.js'), 'utf8')).not.toMatch(/\?\.|\*\*/);
  });
});
