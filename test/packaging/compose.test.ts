import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const found = spawnSync('docker-compose', ['--version']).status === 0;

describe('docker-compose.yml', () => {
  it.skipIf(!found)(
    'is valid with every profile (skipped without docker-compose: install it from Debian)',
    () => {
      const run = spawnSync(
        'docker-compose',
        ['tunnel', 'mosquitto', 'home-assistant']
          .flatMap((name) => ['--profile', name])
          .concat('config', '--services'),
        {
          cwd: root,
          encoding: 'utf8',
        },
      );
      expect(run.stderr).toBe('');
      expect(run.stdout.trim().split('\n').sort()).toEqual([
        'bridge',
        'home-assistant',
        'mosquitto',
        'tunnel',
      ]);
    },
  );
});
