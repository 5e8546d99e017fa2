import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { keepLastGood } from '../../../bridge/kept-files.ts';
import { takeLock } from '../../../bridge/lock.ts';
import { openStore } from '../../../bridge/store.ts';
import { anyPorts, doorlight } from '../../system/demo-process.ts';
import { type Ends, endAll, eventually, temporaryFolder } from '../../system/kit.ts';
import { hasSocat, plugIn } from './terminals.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

describe.skipIf(!hasSocat)(`doorlight dark${hasSocat ? '' : ' (skipped: no socat; install it)'}`, () => {
  async function world(more = '') {
    const folder = temporaryFolder(ends);
    const { near, heard } = await plugIn(ends, folder, 'lamp');
    const other = await plugIn(ends, folder, 'other');
    writeFileSync(
      join(folder, 'doorlight.yaml'),
      `lights:
  - { id: lamp, kind: serial, device: ${near}, protocol: fit-statusb }
  - { id: other, kind: serial, device: ${other.near}, protocol: fit-statusb, onStop: unknown }
  - { id: gone, kind: serial, device: ${folder}/gone, protocol: fit-statusb }
${more}`,
    );
    const run = (...args: string[]) =>
      doorlight(ends, ['dark', '--data', join(folder, 'data'), ...args], folder);
    const data = join(folder, 'data');
    return { folder, data, heard, other, run };
  }

  it('sets lights dark or to unknown without a bridge, and leaves out what is not there', async () => {
    const { heard, other, run } = await world();
    const dark = run('--json');
    expect(await dark.exit).toBe(0);
    await eventually(() => expect(String(heard())).toContain('#000000\n'));
    await eventually(() => expect(String(other.heard())).toContain('#2040FF\n'));
    expect(JSON.parse(dark.out())).toMatchObject({
      running: false,
      lights: [
        { id: 'lamp', state: 'dark' },
        { id: 'other', state: 'unknown' },
        { id: 'gone', state: 'absent' },
      ],
    });
  });

  it('says which light was there and could not be told, and ends with 1', async () => {
    const { heard, run } = await world('  - { id: odd, kind: serial, device: /dev/null, protocol: text }\n');
    const dark = run();
    expect(await dark.exit).toBe(1);
    expect(dark.out()).toMatch(/Light odd: \/dev\/null is no serial port/);
    await eventually(() => expect(String(heard())).toContain('#000000\n'));
  });

  it('knows the secrets that were given on the page, and lights that a damaged file has no more', async () => {
    const { folder, data, heard, run } = await world(
      'notify: [{ url: "https://x.example", secret: "${GIVEN}" }]\n',
    );
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(data, 'secrets.json'), '{"GIVEN":"a-secret-of-some-length"}');
    expect(await run().exit).toBe(0);
    await eventually(() => expect(String(heard()).match(/#000000\n/g)).toHaveLength(1));

    const file = join(folder, 'doorlight.yaml');
    keepLastGood(file, data);
    writeFileSync(file, 'lights: [{ id: lamp, kind: seri');
    const dark = run();
    expect(await dark.exit).toBe(0);
    expect(dark.err()).toMatch(/doorlight\.yaml.*\n.*last started well/);
    await eventually(() => expect(String(heard()).match(/#000000\n/g)).toHaveLength(2));
  });

  it('does nothing beside a running bridge', async () => {
    const { folder, heard, run } = await world();
    ends.push(takeLock(openStore(join(folder, 'data'))));
    const dark = run();
    expect(await dark.exit).toBe(0);
    expect(dark.out()).toMatch(/A bridge is running/);
    expect(heard()).toHaveLength(0);
  });

  it('sets lights dark after the bridge was killed', async () => {
    const { folder, heard, run } = await world();
    const bridge = doorlight(ends, ['start', '--data', join(folder, 'data'), ...anyPorts], folder);
    // In set-up mode a light shows unknown, which the bridge draws breath by breath.
    await eventually(() => expect(String(heard())).toMatch(/#[0-9A-F]{6}\n/), 30_000);
    bridge.child.kill('SIGKILL');
    await bridge.exit;
    expect(await run().exit).toBe(0);
    await eventually(() =>
      expect(
        String(heard())
          .trim()
          .split('\n')
          .filter((line) => line !== 'G')
          .at(-1),
      ).toBe('#000000'),
    );
  });
});
