import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('does not end a bridge whose system says nothing of its memory', () => {
  const silent = `process.memoryUsage.rss = () => { throw new Error('ENOENT, uv_resident_set_memory'); };`;
  const looked = 'setTimeout(() => console.log("alive"), 700);';
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(silent + looked)}`,
      join(import.meta.dirname, '../dist/bridge/small-heap.js'),
    ],
    { encoding: 'utf8' },
  );
  expect([stdout, stderr]).toEqual(['alive\n', '']);
});
