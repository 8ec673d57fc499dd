import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findFiles } from '../../lib/commands/find-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, 'a.jpg'), 'bytes');
});
afterEach(() => folder.remove());

const found = async (...wanted: string[]) =>
  (await findFiles(wanted.length === 0 ? [folder.path] : wanted)).map(({ name, bytes, refused }) =>
    refused === undefined ? [name, bytes] : [name, refused],
  );

/** A name in Latin-1, which only bytes can express. */
const inLatin1 = (...parts: string[]): Buffer =>
  Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from(parts.join('/'), 'latin1')]);

// Elsewhere the system takes no such name, and there is no such trouble.
if (process.platform === 'linux')
  test('a picture whose name is no UTF-8 is named and refused, and so is what is in such a folder', async () => {
    await writeFile(inLatin1('caf\u00e9.jpg'), 'bytes');
    await mkdir(inLatin1('\u00e9t\u00e9'));
    await writeFile(inLatin1('\u00e9t\u00e9', 'b.jpg'), 'bytes');
    const refusal = expect.stringMatching(
      /cannot be read: its name or that of a folder above it is not UTF-8\. Rename it\.$/,
    );
    expect(await found()).toEqual([
      ['a.jpg', 5],
      ['caf\ufffd.jpg', refusal],
      ['\ufffdt\ufffd', refusal],
    ]);
    expect(await found(join(folder.path, '*.jpg'))).toEqual([
      ['a.jpg', 5],
      ['caf\ufffd.jpg', refusal],
    ]);
    await expect(found(join(folder.path, 'caf\ufffd.jpg'))).rejects.toThrow('is not UTF-8');
  });

test('a backslash in a name stays one', async () => {
  await writeFile(join(folder.path, 'back\\slash.jpg'), 'bytes');
  expect(await found()).toEqual([
    ['a.jpg', 5],
    ['back\\slash.jpg', 5],
  ]);
  expect(await found(join(folder.path, 'back\\slash.jpg'))).toEqual([['back\\slash.jpg', 5]]);
});

test('links to pictures count as pictures, links to folders are left out, and links that lead nowhere are refused', async () => {
  await mkdir(join(folder.path, 'deep', '.hidden'), { recursive: true });
  await writeFile(join(folder.path, 'deep', 'b.PNG'), 'four');
  await writeFile(join(folder.path, 'deep', '.hidden', 'c.jpg'), 'no');
  await writeFile(join(folder.path, 'deep', 'notes.txt'), 'no');
  await symlink(join('deep', 'b.PNG'), join(folder.path, 'link.png'));
  await symlink('deep', join(folder.path, 'folder.jpg'));
  await symlink('deep', join(folder.path, 'folder'));
  await symlink('nothing', join(folder.path, 'nowhere.jpg'));
  await symlink('circle.jpg', join(folder.path, 'circle.jpg'));
  expect(await found()).toEqual([
    ['a.jpg', 5],
    ['circle.jpg', `${join(folder.path, 'circle.jpg')} cannot be read: its links lead in a circle. Check the path.`],
    ['deep/b.PNG', 4],
    ['link.png', 4],
    [
      'nowhere.jpg',
      `${join(folder.path, 'nowhere.jpg')} cannot be read: it is a link that leads to no file. Mend or delete the link.`,
    ],
  ]);
});
