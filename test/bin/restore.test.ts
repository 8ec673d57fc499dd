import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

test.each([
  [['--table', 'live', '--from', 'backup', '--part', '2']],
  [['--table', 'live', '--from', 'backup', '--part', '0/4']],
  [['--table', 'live', '--from', 'backup', '--part', '5/4']],
  [['--table', 'live', '--originals', 'bucket', '--since', '2026-11-20T12:00:00Z', '--part', '1/4']],
])('restore %j is refused with its help, before AWS is asked', (args) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/restore.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^npm run restore -- --table/);
});
