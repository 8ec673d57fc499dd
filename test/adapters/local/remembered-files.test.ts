import { rm, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FileObjectStore, fileObjectStore } from '../../../lib/adapters/local/file-object-store.ts';
import { forgetting, type RememberingStore, rememberingFiles } from '../../../lib/adapters/local/remembered-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let files: FileObjectStore;
/** The same, and it notes what is read. */
let noting: FileObjectStore;
let store: RememberingStore;
let time: number;
/** Keys that were read from the disk. */
let read: string[];

beforeEach(async () => {
  folder = await temporaryFolder();
  files = fileObjectStore(folder.path);
  read = [];
  noting = {
    ...files,
    get: (key) => {
      read.push(key);
      return files.get(key);
    },
  };
  time = 0;
  store = rememberingFiles(noting, { mostBytes: 20, mostFileBytes: 10 }, () => time);
});
afterEach(() => folder.remove());

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = async (key: string) => {
  const found = await store.get(key);
  return found && new TextDecoder().decode(found);
};

describe('a store that remembers small files', () => {
  test('reads a file once', async () => {
    await store.put('images/a', bytes('12345'));
    expect([await textOf('images/a'), await textOf('images/a')]).toEqual(['12345', '12345']);
    const known = store.remembered('images/a');
    expect(known).toEqual({ ...(await files.head('images/a')), content: expect.any(Uint8Array) });
    expect(store.remembered('images/a')).toBe(known);
    expect(read).toEqual(['images/a']);
  });

  test('notices within a tenth of a second that another program removed a file', async () => {
    await store.put('images/a', bytes('12345'));
    await textOf('images/a');
    expect(store.remembered('images/a')).toBeDefined();
    await rm(files.path('images/a'));
    time = 99;
    expect(store.remembered('images/a')).toBeDefined();
    time = 100;
    expect([store.remembered('images/a'), await textOf('images/a')]).toEqual([undefined, undefined]);
  });

  test('notices that a file was replaced, also by one of the same length', async () => {
    await store.put('images/a', bytes('12345'));
    await textOf('images/a');
    await writeFile(files.path('images/a'), '54321');
    await utimes(files.path('images/a'), 1, 1);
    expect(store.remembered('images/a')).toBeUndefined();
    expect(await textOf('images/a')).toBe('54321');
    expect(store.remembered('images/a')).toMatchObject({ modifiedAt: 1000 });
  });

  test('is not asked about what this process changes: that is forgotten before the change is over', async () => {
    const own = forgetting(noting, store);
    const changes = {
      remove: () => own.remove(['images/a']),
      discard: () => own.discard(['images/a'], 0),
      put: () => own.put('images/a', bytes('other')),
      copy: () => own.copy('images/b', 'images/a', 'IPN2WIClwmm3R+HpBgVKS0o6mRJZ8eFrXd5HQs7CMZo='),
    };
    await files.put('images/b', bytes('54321'));
    for (const [name, change] of Object.entries(changes)) {
      await files.put('images/a', bytes('12345'));
      await textOf('images/a');
      expect([name, store.remembered('images/a')]).toEqual([name, expect.anything()]);
      await change();
      expect([name, store.remembered('images/a')]).toEqual([name, undefined]);
    }
  });

  test('forgets also when a change fails in its middle', async () => {
    await store.put('images/a', bytes('12345'));
    await textOf('images/a');
    store.remembered('images/a');
    const failing = {
      ...files,
      remove: async () => rm(files.path('images/a')).then(() => Promise.reject(new Error())),
    };
    await expect(forgetting(failing, store).remove(['images/a'])).rejects.toThrow();
    expect(store.remembered('images/a')).toBeUndefined();
  });

  test('remembers no large file, and of the small ones those that were read last', async () => {
    await store.put('images/large', bytes('12345678901'));
    for (const key of ['images/a', 'images/b', 'images/c']) await store.put(key, bytes('1234567890'));
    for (const name of ['large', 'large', 'a', 'b', 'a', 'c', 'a', 'c', 'b']) await textOf(`images/${name}`);
    expect(read).toEqual(['large', 'large', 'a', 'b', 'c', 'b'].map((name) => `images/${name}`));
  });
});
