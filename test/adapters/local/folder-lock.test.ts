import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { lockFolder } from '../../../lib/adapters/local/folder-lock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a lock needs no room on the disk: it leaves nothing but an empty file', async () => {
  const folder = await temporaryFolder();
  expect(lockFolder(join(folder.path, 'lock.db'))).toBe(true);
  expect(await readdir(folder.path)).toEqual(['lock.db']);
  expect(lockFolder(join(folder.path, 'lock.db'))).toBe(false);
  await folder.remove();
});
