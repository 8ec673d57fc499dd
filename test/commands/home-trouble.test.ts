import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tellingTrouble } from '../../lib/commands/home-trouble.ts';
import { Unusable } from '../../lib/core/unusable.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const places = { folder: '/backups', stores: [undefined] };
const sentenceFor = (work: () => Promise<unknown>, more: object = {}) =>
  tellingTrouble({ ...places, ...more }, work).then(
    () => 'no trouble',
    (error: unknown) => (error instanceof Unusable ? error.message : error),
  );

test('a full disk is named by the folder that is filled, and by what helps', async () => {
  const full = async () => {
    const database = new DatabaseSync(join(folder.path, 'small.db'));
    try {
      database.exec('PRAGMA max_page_count = 2; CREATE TABLE one (two BLOB)');
      database.exec('INSERT INTO one VALUES (zeroblob(100000))');
    } finally {
      database.close();
    }
  };
  expect(await sentenceFor(full)).toBe(
    'The disk of /backups is full. Free some space there and run the command again.',
  );
  const noSpace = async () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  expect(await sentenceFor(noSpace, { cureIfFull: 'Name another.' })).toBe(
    'The disk of /backups is full. Name another.',
  );
});

test('a file that cannot be used is named, and where it was to go', async () => {
  const [missing, file] = [join(folder.path, 'secret'), join(folder.path, 'file')];
  expect(await sentenceFor(() => copyFile(missing, file))).toBe(
    `${missing} cannot be copied to ${file}: there is no such file.`,
  );
  await writeFile(file, '');
  expect(await sentenceFor(() => mkdir(join(file, 'below')))).toBe(
    `${join(file, 'below')} cannot be used: a part of its path is a file, and no folder.`,
  );
});

test('a fault of the program itself stays what it is, also where there is a store', async () => {
  const fault = new TypeError('undefined is not a function');
  const work = () => Promise.reject(fault);
  expect(await sentenceFor(work, { stores: ['s3://pictures'] })).toBe(fault);
});
