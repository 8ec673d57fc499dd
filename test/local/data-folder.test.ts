import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sqliteCatalogue } from '../../lib/adapters/local/sqlite-catalogue.ts';
import { begin, newVersion } from '../../lib/core/image.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { backUp } from '../../lib/local/backup.ts';
import { claimFolder, claimHome, openFolders, openHome } from '../../lib/local/home.ts';
import { notePlace } from '../../lib/local/objects-place.ts';
import { restore } from '../../lib/local/restore.ts';
import { signingSecret } from '../../lib/local/signing-secret.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
});
afterEach(() => folder.remove());

const clock = { now: () => Date.parse('2026-11-22T10:00:00Z') };
const modeOf = async (...path: string[]) => (await stat(join(data, ...path))).mode & 0o777;
const idOf = (letter: string) => letter.repeat(26);
const keyOf = (letter: string) => originalKey({ id: idOf(letter), version: 1 });
/** Files an image in the catalogue, and its original in the store if there are bytes. */
const add = async (
  home: Pick<ReturnType<typeof openHome>, 'database' | 'originals'>,
  letter: string,
  bytes?: string,
) => {
  const id = idOf(letter);
  const original = { contentType: 'image/jpeg', bytes: 3, sha256: null, width: null, height: null } as const;
  const version = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: null }, clock.now());
  await sqliteCatalogue(home.database).add({ id, collection: null, filename: null, createdAt: clock.now() }, version);
  if (bytes !== undefined) await home.originals.put(keyOf(letter), Buffer.from(bytes));
};

describe('a data folder', () => {
  test('is claimed once, for its owner, and keeps its secret', async () => {
    const home = await claimHome(data);
    expect(home.secret).toMatch(/^[\w-]{43}$/);
    expect([await modeOf(), await modeOf('secret'), await modeOf('darkroom.db'), await modeOf('lock.db')]).toEqual([
      ...[0o750, 0o600, 0o600, 0o600],
    ]);
    await expect(claimHome(data)).rejects.toThrow(`Another Darkroom is using ${data}.`);
    expect(await signingSecret(join(data, 'secret'))).toBe(home.secret);
    home.database.close();
  });

  test('that others may read is closed to them, and nothing else in it is touched', async () => {
    await mkdir(join(data, 'private'), { recursive: true });
    await mkdir(join(data, 'public'));
    await mkdir(join(data, 'other'));
    for (const name of ['secret-of-mine', 'darkroom.db-wal']) await writeFile(join(data, name), '');
    for (const name of ['', 'private', 'public', 'other', 'secret-of-mine', 'darkroom.db-wal'])
      await chmod(join(data, name), 0o777);
    await claimFolder(data);
    expect(await modeOf()).toBe(0o750);
    expect([await modeOf('private'), await modeOf('public'), await modeOf('darkroom.db-wal')]).toEqual([
      ...[0o700, 0o750, 0o700],
    ]);
    expect([await modeOf('other'), await modeOf('secret-of-mine')]).toEqual([0o777, 0o777]);
  });

  test('with originals of which no catalogue knows anything is refused, and nothing in it is removed', async () => {
    const original = join(data, 'private', ...keyOf('a').split('/'));
    await mkdir(join(original, '..'), { recursive: true });
    await writeFile(original, 'abc');
    await expect(claimHome(data)).rejects.toThrow('knows no image. Put the database back from a backup');
    expect(await readFile(original, 'utf8')).toBe('abc');
    expect(await readdir(data)).not.toContain('darkroom.db');
  });

  test('with an empty catalogue and originals is refused as well', async () => {
    const home = openHome(await mkdir(data).then(() => data));
    await home.originals.put(keyOf('a'), Buffer.from('abc'));
    home.database.close();
    await expect(claimHome(data)).rejects.toThrow('knows no image');
  });

  test('loses the drafts of a process that was killed', async () => {
    const partial = ['private', 'public'].map((name) => join(data, name, '.partial'));
    for (const one of partial) {
      await mkdir(one, { recursive: true });
      await writeFile(join(one, 'draft'), 'half');
    }
    const home = await claimHome(data);
    expect(await Promise.all(partial.map((one) => readdir(one)))).toEqual([[], []]);
    home.database.close();
  });

  test.each([
    [
      'a secret that is cut off',
      (path: string) => writeFile(path, 'short'),
      'does not hold a secret that Darkroom has made',
    ],
    ['a folder in its place', (path: string) => mkdir(path), 'is a folder, where the file with the secret'],
  ])('with %s is refused', async (_what, make, sentence) => {
    await mkdir(data);
    await make(join(data, 'secret'));
    await expect(claimHome(data)).rejects.toThrow(sentence);
  });
});

describe('a backup', () => {
  let backup: string;
  beforeEach(async () => {
    backup = join(folder.path, 'backup');
    const home = await claimHome(data);
    await add(home, 'a', 'abc');
    await add(home, 'b', 'def');
    home.database.close();
  });

  test('comes back into an empty folder, with what is newer there kept', async () => {
    expect(await backUp(data, backup, clock)).toEqual({ originals: 2, missing: [], damaged: [] });
    expect((await readdir(backup)).sort()).toEqual(['SHA256SUMS', 'darkroom.db', 'private', 'secret']);
    const other = join(folder.path, 'other');
    expect(await restore(other, backup, clock)).toEqual({ restored: 2, different: [], newer: [], aside: undefined });
    expect(await readFile(join(other, 'secret'), 'utf8')).toBe(await readFile(join(data, 'secret'), 'utf8'));
    const home = openHome(other);
    expect(Buffer.from((await home.originals.get(keyOf('a'))) ?? []).toString()).toBe('abc');
    expect(await sqliteCatalogue(home.database).find(idOf('b'))).toMatchObject({ id: idOf('b') });
    home.database.close();
  });

  test('leaves what is there: the secret, other bytes, newer originals, and the database aside', async () => {
    await backUp(data, backup, clock);
    const other = join(folder.path, 'other');
    await mkdir(other);
    await writeFile(join(other, 'secret'), 'of another');
    const home = openHome(other);
    await home.originals.put(keyOf('a'), Buffer.from('xyz'));
    await home.originals.put(keyOf('c'), Buffer.from('new'));
    home.database.close();
    const aside = join(other, 'darkroom.db-before-2026-11-22T100000.000Z');
    expect(await restore(other, backup, clock)).toEqual({
      restored: 1,
      different: [keyOf('a')],
      newer: [keyOf('c')],
      aside,
    });
    expect(await readdir(aside)).toContain('darkroom.db');
    expect(await readFile(join(other, 'secret'), 'utf8')).toBe('of another');
  });

  test('names originals that are not stored, but not those of which no file is awaited', async () => {
    await rm(join(data, 'private', ...keyOf('a').split('/')));
    const report = await backUp(data, backup, clock);
    expect(report.originals).toBe(1);
    expect(report.damaged).toEqual([]);
  });

  test('of a data folder whose originals are in a bucket leaves out an image that is deleted meanwhile, and names one that is lost', async () => {
    const home = openHome(data);
    const catalogue = sqliteCatalogue(home.database);
    for (const letter of ['a', 'b']) {
      const version = await catalogue.version(idOf(letter), 1);
      if (version?.status !== 'pending') throw new Error('the version is not pending');
      await catalogue.move(begin(version, clock.now()));
    }
    home.database.close();
    await notePlace(data, 's3://pictures');
    const objects = openFolders(join(folder.path, 'bucket')).originals;
    const get = async (key: string) => {
      if (key !== keyOf('a')) return objects.get(key);
      // As a person deletes it after the copy of the catalogue was made.
      const { database } = openHome(data);
      await sqliteCatalogue(database).remove(idOf('a'), clock.now());
      database.close();
      return undefined;
    };
    const bucket = { place: 's3://pictures', objects: { ...objects, get }, tickets: {}, origin: '' } as never;
    expect(await backUp(data, backup, clock, bucket)).toEqual({ originals: 0, missing: [keyOf('b')], damaged: [] });
    const { database } = openHome(backup);
    const copied = sqliteCatalogue(database);
    expect([await copied.find(idOf('a')), (await copied.find(idOf('b')))?.id]).toEqual([undefined, idOf('b')]);
    database.close();
  });

  test('is not restored over a data folder whose originals are in a bucket, unless that bucket is named', async () => {
    await backUp(data, backup, clock);
    const other = join(folder.path, 'other');
    const third = join(folder.path, 'third');
    for (const one of [other, third]) {
      await mkdir(one);
      await notePlace(one, 's3://pictures');
    }
    await expect(restore(other, backup, clock)).rejects.toThrow(
      `The pictures of ${other} are in s3://pictures. Set DARKROOM_OBJECTS=s3://pictures.`,
    );
    expect(await readdir(other)).not.toContain('darkroom.db');
    const { originals: objects } = openFolders(join(folder.path, 'bucket'));
    const bucket = { place: 's3://pictures', objects, tickets: {}, origin: '' } as never;
    expect(await restore(third, backup, clock, bucket)).toMatchObject({ restored: 2, different: [] });
    expect(Buffer.from((await objects.get(keyOf('a'))) ?? []).toString()).toBe('abc');
  });

  test('into a folder that is not empty is refused, and so is one that has changed', async () => {
    await mkdir(backup);
    await writeFile(join(backup, 'mine'), '');
    await expect(backUp(data, backup, clock)).rejects.toThrow('is not empty');
    await rm(join(backup, 'mine'));
    await backUp(data, backup, clock);
    const other = join(folder.path, 'other');
    await writeFile(join(backup, 'secret'), 'another');
    await expect(restore(other, backup, clock)).rejects.toThrow('secret of the backup has changed');
    await rm(join(backup, 'secret'));
    await expect(restore(other, backup, clock)).rejects.toThrow('secret of the backup is missing');
    await rm(join(backup, 'SHA256SUMS'));
    await expect(restore(other, backup, clock)).rejects.toThrow('holds no whole backup');
  });
});
