import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { udevRules } from '../../bridge/lights/usb/udev.ts';
import { type Ends, endAll, temporaryFolder } from '../system/kit.ts';

const root = join(import.meta.dirname, '../..');
const ends: Ends = [];
afterEach(() => endAll(ends));

const unit = readFileSync(join(root, 'image/deb/root/usr/lib/systemd/system/doorlight.service'), 'utf8');

describe('the appliance', () => {
  it('sets USB lights dark however the service ends', () => {
    // The minus: what dark says must not fail the unit.
    expect(unit).toMatch(/^ExecStopPost=-\/usr\/lib\/doorlight\/bin\/doorlight dark$/m);
  });

  it('has scripts that a shell can read', () => {
    const image = join(root, 'image');
    let scripts = 0;
    for (const name of readdirSync(image, { recursive: true, encoding: 'utf8' })) {
      const file = join(image, name);
      const shell =
        statSync(file).isFile() && /^#!(\/bin\/(?:ba)?sh)\n/.exec(readFileSync(file, 'utf8'))?.[1];
      if (!shell) continue;
      scripts++;
      expect([name, spawnSync(shell, ['-n', file], { encoding: 'utf8' }).stderr]).toEqual([name, '']);
    }
    expect(scripts).toBeGreaterThan(8);
  });
});

const builds = process.env['PACKAGE'] === '1' && spawnSync('dpkg-deb', ['--version']).status === 0;

describe('the Debian package', () => {
  it.skipIf(!builds)(
    'holds the udev rules, the unit, and a bridge whose dark harms nobody (skipped without PACKAGE=1, as .ci/run has it)',
    { timeout: 400_000 },
    () => {
      const out = temporaryFolder(ends);
      const run = (program: string, args: string[], env = {}) =>
        spawnSync(program, args, { cwd: out, encoding: 'utf8', env: { ...process.env, ...env } });
      const built = run(join(root, 'image/deb/build.sh'), ['--arch', 'amd64', '--out', out]);
      expect([built.status, built.status === 0 ? '' : built.stderr]).toEqual([0, '']);
      const [deb = ''] = readdirSync(out).filter((name) => name.endsWith('.deb'));
      expect(run('dpkg-deb', ['-R', join(out, deb), join(out, 'tree')]).status).toBe(0);
      const lib = join(out, 'tree/usr/lib');
      expect(readFileSync(join(lib, 'udev/rules.d/60-doorlight.rules'), 'utf8')).toBe(udevRules());
      expect(readFileSync(join(lib, 'systemd/system/doorlight.service'), 'utf8')).toBe(unit);
      expect(existsSync(join(out, 'tree/etc/doorlight/doorlight.yaml'))).toBe(false);

      const config = join(out, 'doorlight.yaml');
      const light = '{ id: desk, kind: hid, shows: [alice] }';
      for (const text of ['', `people: [{ id: alice, user: alice@contoso.com }]\nlights: [${light}]\n`]) {
        writeFileSync(config, text);
        const dark = run('node', [
          join(lib, 'doorlight/dist/bridge/main.js'),
          'dark',
          '--config',
          config,
          '--data',
          join(out, 'data'),
        ]);
        expect([dark.status, dark.stderr]).toEqual([0, '']);
      }
    },
  );
});
