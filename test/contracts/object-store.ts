import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ObjectStore } from '../../lib/ports.ts';

type Subject = { readonly store: ObjectStore; readonly close: () => Promise<void> };

/** What every object store promises. */
export const objectStoreContract = (name: string, open: () => Promise<Subject>): void => {
  describe(`${name} as an object store`, () => {
    let subject: Subject;
    let store: ObjectStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(() => subject.close());

    const bytes = (text: string) => new TextEncoder().encode(text);
    const text = (found: Uint8Array | undefined) => found && new TextDecoder().decode(found);
    const keysBelow = async (prefix: string) => {
      const keys: string[] = [];
      for await (const { key } of store.list(prefix)) keys.push(key);
      return keys;
    };

    test('gives back what was put, byte for byte', async () => {
      const all = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256);
      await store.put('images/a/v1/640w.avif', all);
      expect(Buffer.compare(Buffer.from((await store.get('images/a/v1/640w.avif')) ?? []), Buffer.from(all))).toBe(0);
    });

    test('replaces what was there before', async () => {
      await store.put('images/a/v1/640w.avif', bytes('a longer text'));
      await store.put('images/a/v1/640w.avif', bytes('short'));
      expect(text(await store.get('images/a/v1/640w.avif'))).toBe('short');
    });

    test('has nothing under a key that was never put', async () => {
      expect(await store.get('images/a/v1/640w.avif')).toBeUndefined();
      expect(await store.head('images/a/v1/640w.avif')).toBeUndefined();
    });

    test('tells the length and the age of an object', async () => {
      await store.put('images/a/v1/640w.avif', bytes('12345'));
      const found = await store.head('images/a/v1/640w.avif');
      expect(found).toMatchObject({ key: 'images/a/v1/640w.avif', bytes: 5 });
      expect(Math.abs((found?.modifiedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    test('stores an empty object', async () => {
      await store.put('images/a/v1/640w.avif', new Uint8Array());
      expect((await store.get('images/a/v1/640w.avif'))?.length).toBe(0);
    });

    describe('copies', () => {
      const [from, to] = ['images/a/v1/640w.avif', 'images/a/v2/640w.avif'];
      const digestOf = (whole: string) => createHash('sha256').update(whole).digest('base64');

      test('an object with the digest that it should have', async () => {
        await store.put(from, bytes('one'));
        expect(await store.copy(from, to, digestOf('one'))).toBe(true);
        expect(text(await store.get(to))).toBe('one');
        expect(await store.head(to)).toMatchObject({ key: to, bytes: 3 });
      });

      test('over what was there before, and any number of times', async () => {
        await store.put(from, bytes('one'));
        await store.put(to, bytes('a longer text'));
        for (let time = 1; time <= 2; time++) expect(await store.copy(from, to, digestOf('one'))).toBe(true);
        expect(text(await store.get(to))).toBe('one');
      });

      test('so that a copy outlives the object', async () => {
        await store.put(from, bytes('one'));
        await store.copy(from, to, digestOf('one'));
        await store.put(from, bytes('two'));
        expect(text(await store.get(to))).toBe('one');
        await store.remove([from]);
        expect(text(await store.get(to))).toBe('one');
      });

      test('nothing where there is nothing, and leaves what was there', async () => {
        await store.put(to, bytes('one'));
        expect(await store.copy(from, to, digestOf('one'))).toBe(false);
        expect(text(await store.get(to))).toBe('one');
      });

      test('no object of other bytes without saying so', async () => {
        await store.put(from, bytes('one'));
        expect(await store.copy(from, to, digestOf('two'))).toBe(false);
        expect(text(await store.get(from))).toBe('one');
      });
    });

    test('lists everything below a prefix, in the order of the keys, and nothing else', async () => {
      for (const key of ['images/a/v10/x.png', 'images/a/v1/y.png', 'images/a/v1/x.png', 'images/b/v1/x.png'])
        await store.put(key, bytes(key));
      expect(await keysBelow('images/a/')).toEqual(['images/a/v1/x.png', 'images/a/v1/y.png', 'images/a/v10/x.png']);
      expect(await keysBelow('images/a/v1/')).toEqual(['images/a/v1/x.png', 'images/a/v1/y.png']);
      expect(await keysBelow('images/')).toHaveLength(4);
      expect(await keysBelow('originals/')).toEqual([]);
    });

    test('lists more objects than fit on a page of S3', async () => {
      await Promise.all(Array.from({ length: 1010 }, (_, at) => store.put(`images/many/v1/${at}.png`, bytes('x'))));
      expect(await keysBelow('images/many/')).toHaveLength(1010);
      await store.remove(await keysBelow('images/many/'));
      expect(await keysBelow('images/many/')).toEqual([]);
    });

    test('removes what it is told to and leaves the rest', async () => {
      await store.put('images/a/v1/x.png', bytes('x'));
      await store.put('images/a/v1/y.png', bytes('y'));
      await store.remove(['images/a/v1/x.png']);
      expect(await store.get('images/a/v1/x.png')).toBeUndefined();
      expect(text(await store.get('images/a/v1/y.png'))).toBe('y');
    });

    test('does not mind removing what is not there', async () => {
      await expect(store.remove(['images/a/v1/x.png'])).resolves.toBeUndefined();
      await expect(store.remove([])).resolves.toBeUndefined();
    });

    test('shows a reader one of two concurrent writes whole, never a mixture', async () => {
      const key = 'images/a/v1/640w.avif';
      const [ones, twos] = [new Uint8Array(200_000).fill(1), new Uint8Array(200_000).fill(2)];
      await store.put(key, ones);
      const writes = Promise.all([store.put(key, twos), store.put(key, ones), store.put(key, twos)]);
      for (let reads = 0; reads < 10; reads++) {
        const seen = new Set(await store.get(key));
        expect(seen.size).toBe(1);
      }
      await writes;
    });
  });
};
