import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FileObjectStore, fileObjectStore } from '../../../lib/adapters/local/file-object-store.ts';
import { objectStoreContract } from '../../contracts/object-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

objectStoreContract('A folder', async () => {
  const folder = await temporaryFolder();
  return { store: fileObjectStore(folder.path), close: folder.remove };
});

describe('A folder', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let store: FileObjectStore;
  beforeEach(async () => {
    folder = await temporaryFolder();
    store = fileObjectStore(join(folder.path, 'root'));
  });
  afterEach(() => folder.remove());

  const everything = async () => {
    const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  };

  test.each([
    '../escape',
    'images/../../escape',
    '/etc/passwd',
    'images//x',
    'images/./x',
    'images/.partial/x',
    '',
    'images/',
    'images\\..\\..\\escape',
    'C:/x',
    'images/x\0y',
    'images/%2e%2e/x',
  ])('has no place for the key %j', async (key) => {
    const nothing = async () => undefined;
    await expect(store.put(key, new Uint8Array(1))).rejects.toThrow(RangeError);
    await expect(store.create(key, nothing)).rejects.toThrow(RangeError);
    await expect((async () => store.get(key))()).rejects.toThrow(RangeError);
    await expect(store.head(key)).rejects.toThrow(RangeError);
    await expect(store.remove([key])).rejects.toThrow(RangeError);
    expect(await everything()).toEqual([]);
  });

  test('creates an object once, when several try at the same time', async () => {
    const create = (text: string) => store.create('originals/a/v1', (draft) => draft.write(Buffer.from(text)));
    const results = await Promise.all(['one', 'two', 'three', 'four'].map(create));
    expect(results.filter(Boolean)).toHaveLength(1);
    const winner = ['one', 'two', 'three', 'four'][results.indexOf(true)];
    expect(Buffer.from((await store.get('originals/a/v1')) ?? []).toString()).toBe(winner);
    expect(await create('five')).toBe(false);
  });

  test('keeps nothing of an object whose writing failed', async () => {
    const broken = store.create('originals/a/v1', async (draft) => {
      await draft.write(Buffer.from('half'));
      throw new Error('the connection broke');
    });
    await expect(broken).rejects.toThrow('the connection broke');
    expect(await everything()).toEqual([]);
  });

  test('removes what killed writers left half written, and nothing else', async () => {
    await store.put('images/a/v1/x.png', new Uint8Array(3));
    await writeFile(join(folder.path, 'root', '.partial', 'left-behind'), 'half');
    await store.tidy(Number.POSITIVE_INFINITY);
    expect(await everything()).toEqual(['x.png']);
  });

  test('leaves alone what was half written after an instant', async () => {
    await store.put('images/a/v1/x.png', new Uint8Array(3));
    const draft = join(folder.path, 'root', '.partial', 'under-way');
    await writeFile(draft, 'half');
    await store.tidy((await stat(draft)).mtimeMs - 1);
    expect((await everything()).sort()).toEqual(['under-way', 'x.png']);
  });

  describe('its trash', () => {
    const [day, at] = ['2026-11-21', Date.parse('2026-11-21T09:00:00Z')];
    const discarded = () => readdir(join(folder.path, 'root', '.trash'), { recursive: true });

    test('takes what is discarded out of the reach of keys and listings, and keeps its bytes', async () => {
      await store.put('originals/a/v1', new TextEncoder().encode('kept'));
      await store.discard(['originals/a/v1', 'originals/never/v1'], at);
      expect(await store.get('originals/a/v1')).toBeUndefined();
      const listed: string[] = [];
      for await (const { key } of store.list('')) listed.push(key);
      expect(listed).toEqual([]);
      expect(await readFile(join(folder.path, 'root', '.trash', day, 'originals/a/v1'), 'utf8')).toBe('kept');
      expect(await readdir(join(folder.path, 'root'))).not.toContain('originals');
    });

    test('is emptied of the days that ended before an instant, and of no other', async () => {
      await store.put('originals/a/v1', new Uint8Array(3));
      await store.discard(['originals/a/v1'], at);
      expect(await store.emptyTrash(Date.parse('2026-11-22T00:00:00Z') - 1)).toEqual([]);
      expect(await discarded()).toContain(join(day, 'originals', 'a', 'v1'));
      expect(await store.emptyTrash(Date.parse('2026-11-22T00:00:00Z'))).toEqual([day]);
      expect(await discarded()).toEqual([]);
    });
  });

  test.each([
    ['no other user', undefined, [0o700, 0o600]],
    ['its group, where that is wanted,', { file: 0o640, folder: 0o750 }, [0o750, 0o640]],
  ] as const)('can be read by %s and no others', async (_, modes, expected) => {
    const open = fileObjectStore(join(folder.path, 'other'), modes);
    await open.put('images/a/v1/x.png', new Uint8Array(3));
    const paths = [join(folder.path, 'other'), open.path('images/a/v1/x.png')];
    expect(await Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777))).toEqual(expected);
  });

  test('removes the folders that a removal leaves empty', async () => {
    await store.put('images/a/v1/x.png', new Uint8Array(3));
    await store.put('images/b/v1/x.png', new Uint8Array(3));
    await store.remove(['images/a/v1/x.png']);
    expect(await readdir(join(folder.path, 'root', 'images'))).toEqual(['b']);
  });

  test('writes and removes in one folder at once without getting in its own way', async () => {
    const rounds = Array.from({ length: 40 }, async (_, at) => {
      await store.put(`images/a/v1/${at}.png`, new Uint8Array(1));
      await store.remove([`images/a/v1/${at}.png`]);
    });
    await expect(Promise.all(rounds)).resolves.toHaveLength(40);
    expect(await everything()).toEqual([]);
  });

  test('lists no file that a link smuggles in from elsewhere under a name of ours being hidden', async () => {
    await store.put('images/a/v1/x.png', new Uint8Array(3));
    await symlink(folder.path, join(folder.path, 'root', 'images', '.hidden'));
    const keys: string[] = [];
    for await (const { key } of store.list('images/')) keys.push(key);
    expect(keys).toEqual(['images/a/v1/x.png']);
  });
});
