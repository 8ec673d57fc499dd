import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ImageEvent } from '../../lib/core/events.ts';
import {
  begin,
  expire,
  fail,
  finish,
  forgive,
  giveBack,
  newVersion,
  type Original,
  type Pending,
  type Processing,
  type Rendering,
  retryLater,
  type Version,
  withDeath,
} from '../../lib/core/image.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import type { Catalogue, Claim, ListPosition, ListQuery, Tombstone } from '../../lib/ports.ts';

type Subject = {
  readonly catalogue: Catalogue;
  /** Every event that was added so far, in order. */
  readonly events: () => Promise<readonly ImageEvent[]>;
  readonly close: () => Promise<void>;
};

const sha256 = 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=';
const original: Original = { contentType: 'image/jpeg', bytes: 1234, sha256: null, width: null, height: null };
const known: Original = { ...original, sha256, width: 400, height: 300 };
const rendering: Rendering = {
  kind: 'photo',
  width: 400,
  height: 300,
  recipe: '0123456789abcdef',
  placeholder: { thumbhash: 'AAAA', color: '#123456' },
  variants: [{ name: '320w', format: 'avif', width: 320, height: 240, bytes: 999, quality: 50, sha256 }],
};
const letters = 'abcdefghijklmnopqrstuvwxyz';
const id = (at: number) => `${letters[Math.floor(at / 26)]}${letters[at % 26]}`.padEnd(26, 'q');
const t0 = 1_790_000_000_000;

const draft = (imageId: string, version: number, at = t0): Pending =>
  newVersion({ id: imageId, version, source: version, preset: 'web', original, expiresAt: at + 900_000 }, at);

/** What every catalogue promises. */
export const catalogueContract = (name: string, open: () => Promise<Subject>): void => {
  describe(`${name} as a catalogue`, () => {
    let subject: Subject;
    let catalogue: Catalogue;
    beforeEach(async () => {
      subject = await open();
      catalogue = subject.catalogue;
    });
    afterEach(() => subject.close());

    const add = (at: number, more: { collection?: string; createdAt?: number; claim?: Claim } = {}) => {
      const { collection = null, createdAt = t0 + at, claim } = more;
      const image = { id: id(at), collection, filename: `${at}.jpg`, createdAt };
      return catalogue.add(image, draft(id(at), 1, createdAt), claim);
    };
    const current = async (imageId: string, version = 1): Promise<Version> => {
      const found = await catalogue.version(imageId, version);
      if (!found) throw new Error(`version ${version} of ${imageId} is gone`);
      return found;
    };
    const begun = async (imageId: string, version = 1): Promise<Processing> => {
      const to = begin((await current(imageId, version)) as Pending, t0 + 1000);
      expect(await catalogue.move(to)).toBe(true);
      return to;
    };
    const makeReady = async (imageId: string, version = 1) => {
      const to = finish(await begun(imageId, version), rendering, known, t0 + 2000);
      expect(await catalogue.move(to)).toBe(true);
      return to;
    };

    describe('a new image', () => {
      test('is found with everything that was added', async () => {
        expect(await add(0, { collection: 'birds' })).toMatchObject({ id: id(0), version: 1, fingerprint: null });
        expect(await catalogue.find(id(0))).toEqual({
          id: id(0),
          collection: 'birds',
          filename: '0.jpg',
          createdAt: t0,
          updatedAt: t0,
          newest: draft(id(0), 1),
          progress: 0,
          visible: null,
        });
      });

      test('cannot take an id that is taken', async () => {
        await add(0);
        await expect(add(0)).rejects.toThrow();
      });

      test('is not found under another id, nor is another version of it', async () => {
        await add(0);
        expect(await catalogue.find(id(1))).toBeUndefined();
        expect(await catalogue.version(id(0), 2)).toBeUndefined();
        expect(await catalogue.version(id(1), 1)).toBeUndefined();
      });
    });

    describe('a move', () => {
      test('replaces the version, and shows in its image', async () => {
        await add(0);
        const processing = await begun(id(0));
        expect(await catalogue.version(id(0), 1)).toEqual(processing);
        expect(await catalogue.find(id(0))).toMatchObject({ newest: processing, updatedAt: t0 + 1000, visible: null });
      });

      test('to ready makes the version the one that people see', async () => {
        await add(0);
        const ready = await makeReady(id(0));
        expect(await catalogue.find(id(0))).toMatchObject({ newest: ready, visible: ready, progress: 1 });
      });

      test('from a revision that is past is refused, and changes nothing', async () => {
        await add(0);
        const pending = (await current(id(0))) as Pending;
        const processing = await begun(id(0));
        expect(await catalogue.move(begin(pending, t0 + 5000))).toBe(false);
        expect(await catalogue.move(expire(pending, t0 + 5000))).toBe(false);
        expect(await catalogue.version(id(0), 1)).toEqual(processing);
      });

      test('of what was never added is refused', async () => {
        await add(0);
        expect(await catalogue.move(begin(draft(id(0), 2), t0))).toBe(false);
        expect(await catalogue.move(begin(draft(id(1), 1), t0))).toBe(false);
      });

      test('that the life of a version does not have rejects', async () => {
        await add(0);
        const ready = await makeReady(id(0));
        const again: Version = { ...draft(id(0), 1), revision: ready.revision + 1 };
        await expect(catalogue.move(again)).rejects.toThrow();
        expect(await catalogue.version(id(0), 1)).toEqual(ready);
      });

      test('is made by exactly one of many who try at once', async () => {
        await add(0);
        const pending = (await current(id(0))) as Pending;
        const results = await Promise.all(
          Array.from({ length: 10 }, (_, at) => catalogue.move(begin(pending, t0 + at))),
        );
        expect(results.filter(Boolean)).toHaveLength(1);
      });

      test('keeps the lease of an attempt, the deaths, the settings of the version and when its original arrived', async () => {
        const settings = { preset: shippedPresets.thumbnails, keepCopyright: true };
        const first: Pending = { ...draft(id(0), 1), settings };
        await catalogue.add({ id: id(0), collection: null, filename: null, createdAt: t0 }, first);
        const held = begin((await current(id(0))) as Pending, t0 + 1000, {
          leaseMs: 500,
          leasedAt: t0 + 1000,
          arrivedAt: t0 + 900,
        });
        expect(await catalogue.move(held)).toBe(true);
        expect(await current(id(0))).toEqual(held);
        expect(held).toMatchObject({ settings, leaseUntil: t0 + 1500, startedAt: t0 + 1000, arrivedAt: t0 + 900 });
        const back = giveBack(withDeath(held), t0 + 2000, 'disk');
        expect(await catalogue.move(back)).toBe(true);
        expect(await current(id(0))).toEqual(back);
        expect(back).toMatchObject({ settings, deaths: 1, attempts: 0, arrivedAt: t0 + 900 });
        const forgiven = forgive(back, t0 + 3000);
        expect(await catalogue.move(forgiven)).toBe(true);
        expect(await current(id(0))).toEqual(forgiven);
      });

      test('to ready keeps when it began, what it took, when each file was stored and what each crop shows', async () => {
        await add(0);
        const spent = { wallMs: 7, cpuMs: 6, decodeMs: 5, resizeMs: 4, encodeMs: 3, scoreMs: 2, deliverMs: 1 };
        const variants = rendering.variants.map((variant) => ({ ...variant, storedAt: t0 + 1900 }));
        const crops = { '64w': { left: 0.25, top: 0, width: 0.5, height: 1, focus: { x: 0.4, y: 0.6 } } };
        const to = finish(await begun(id(0)), { ...rendering, variants, crops }, known, t0 + 2000, spent);
        expect(await catalogue.move(to)).toBe(true);
        const found = await catalogue.find(id(0));
        expect(found).toMatchObject({ newest: to, visible: to });
        expect(found?.visible).toMatchObject({ startedAt: t0 + 1000, readyAt: t0 + 2000, spent });
        expect(found?.visible?.rendering.variants[0]?.storedAt).toBe(t0 + 1900);
        expect(found?.visible?.rendering.crops).toEqual(crops);
      });

      test('survives every state on the way', async () => {
        await add(0);
        const first = await begun(id(0));
        const retrying = retryLater(first, t0 + 1500, 'render-time');
        expect(await catalogue.move(retrying)).toBe(true);
        expect(await catalogue.version(id(0), 1)).toEqual(retrying);
        const second = begin(retrying, t0 + 1600);
        expect(await catalogue.move(second)).toBe(true);
        const failed = fail(second, { code: 'gave-up', message: 'Tried.' }, known, t0 + 1700, 100);
        expect(await catalogue.move(failed)).toBe(true);
        expect(await catalogue.find(id(0))).toMatchObject({ newest: failed, visible: null });
        expect(failed.attempts).toBe(2);
        expect(failed.endedAttempts).toEqual([
          { startedAt: t0 + 1000, endedAt: t0 + 1500, trouble: 'render-time', counted: true },
        ]);
      });
    });

    describe('moves together', () => {
      test('are made as they would be one by one, and those that would be refused change nothing', async () => {
        for (let at = 0; at < 5; at++) await add(at);
        const lapsed = await Promise.all([0, 1, 2, 3].map(async (at) => (await current(id(at))) as Pending));
        await begun(id(1));
        await catalogue.remove(id(2), t0);
        const gone = newVersion({ ...draft(id(9), 1), expiresAt: t0 }, t0);
        const ends = [...lapsed, gone].map((version) => expire(version, t0 + 5000));
        expect(await catalogue.moveAll(ends)).toBe(2);
        const statuses = await Promise.all([0, 1, 3, 4].map(async (at) => (await current(id(at))).status));
        expect(statuses).toEqual(['expired', 'processing', 'expired', 'pending']);
        expect(await catalogue.moveAll(ends)).toBe(0);
      });

      test('may be of several versions of one image, and of any length', async () => {
        for (let at = 0; at < 120; at++) await add(at);
        await catalogue.addVersion({ id: id(0), draft: (version) => draft(id(0), version) });
        const ends = await Promise.all(
          [[0, 2] as const, ...Array.from({ length: 120 }, (_, at) => [at, 1] as const)].map(async ([at, version]) =>
            expire((await current(id(at), version)) as Pending, t0 + 5000),
          ),
        );
        expect(await catalogue.moveAll(ends)).toBe(121);
        expect((await catalogue.find(id(0)))?.newest).toMatchObject({ version: 2, status: 'expired' });
        expect(await current(id(0), 1)).toMatchObject({ status: 'expired' });
        expect(await current(id(119))).toMatchObject({ status: 'expired' });
      });

      test('of nothing are none', async () => {
        expect(await catalogue.moveAll([])).toBe(0);
      });
    });

    describe('events', () => {
      test('report every version that became ready or failed, and every deletion, once', async () => {
        await add(0);
        await add(1);
        await makeReady(id(0));
        const failed = fail(await begun(id(1)), { code: 'corrupt', message: 'Broken.' }, known, t0 + 3000);
        await catalogue.move(failed);
        await catalogue.move(failed);
        await catalogue.remove(id(0), t0 + 4000);
        await catalogue.remove(id(0), t0 + 5000);
        expect(await subject.events()).toEqual([
          { type: 'image.ready', id: id(0), version: 1, at: t0 + 2000 },
          {
            type: 'image.failed',
            id: id(1),
            version: 1,
            at: t0 + 3000,
            error: { code: 'corrupt', message: 'Broken.' },
          },
          { type: 'image.deleted', id: id(0), at: t0 + 4000 },
        ]);
      });
    });

    describe('versions', () => {
      const addVersion = (imageId: string, claim?: Claim) =>
        catalogue.addVersion({ id: imageId, draft: (version) => draft(imageId, version, t0 + 10), claim });

      test('are numbered by the catalogue', async () => {
        await add(0);
        const second = await addVersion(id(0));
        expect(second).toEqual({ id: id(0), version: 2, fingerprint: null, made: draft(id(0), 2, t0 + 10) });
        expect(await addVersion(id(0))).toMatchObject({ id: id(0), version: 3 });
        expect(await catalogue.find(id(0))).toMatchObject({ newest: { version: 3, status: 'pending' }, progress: 0 });
      });

      test('get a number each when they are asked for at once', async () => {
        await add(0);
        const added = await Promise.all(Array.from({ length: 8 }, () => addVersion(id(0))));
        expect(added.map((one) => typeof one === 'object' && one.version).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
      });

      test('that are to come after a certain one come only while that is the newest, and only one of many', async () => {
        await add(0);
        const next = (after: number) =>
          catalogue.addVersion({ id: id(0), draft: (version) => draft(id(0), version, t0 + 10), after });
        const added = await Promise.all(Array.from({ length: 8 }, () => next(1)));
        expect(added.filter((one) => one !== 'not-newest')).toMatchObject([
          { id: id(0), version: 2, fingerprint: null },
        ]);
        expect([await next(1), await next(3)]).toEqual(['not-newest', 'not-newest']);
        expect((await catalogue.find(id(0)))?.newest.version).toBe(2);
        expect(await next(2)).toMatchObject({ version: 3 });
      });

      test('that come after a certain one are answered again to a repeat of their claim, which made nothing', async () => {
        await add(0);
        const claim = { key: 'after', fingerprint: 'f', expiresAt: t0 + 86_400_000 };
        const next = () =>
          catalogue.addVersion({ id: id(0), draft: (version) => draft(id(0), version), claim, after: 1 });
        expect(await next()).toMatchObject({ id: id(0), version: 2, fingerprint: 'f', made: { version: 2 } });
        expect(await next()).toEqual({ id: id(0), version: 2, fingerprint: 'f' });
      });

      test('that come after none are not added: only what their claim has added before is found', async () => {
        await add(0);
        const claim = { key: 'before', fingerprint: 'f', expiresAt: t0 + 86_400_000 };
        const find = () =>
          catalogue.addVersion({ id: id(0), draft: (version) => draft(id(0), version), claim, after: 0 });
        expect([await find(), await find()]).toEqual(['not-newest', 'not-newest']);
        expect(await addVersion(id(0), claim)).toMatchObject({ version: 2, made: { version: 2 } });
        await addVersion(id(0));
        expect(await find()).toEqual({ id: id(0), version: 2, fingerprint: 'f' });
        expect((await catalogue.find(id(0)))?.newest.version).toBe(3);
      });

      test('cannot be added to an image that is not there', async () => {
        expect(await addVersion(id(0))).toBe('no-image');
        await add(0);
        await catalogue.remove(id(0), t0);
        expect(await addVersion(id(0))).toBe('no-image');
      });

      test('change the collection and the file name of the image, where they bring any', async () => {
        await add(0, { collection: 'birds' });
        const next = (changes: { collection?: string; filename?: string }) =>
          catalogue.addVersion({ id: id(0), draft: (version) => draft(id(0), version), changes });
        await next({ filename: 'new.jpg' });
        expect(await catalogue.find(id(0))).toMatchObject({ collection: 'birds', filename: 'new.jpg' });
        await next({ collection: 'fish' });
        expect(await catalogue.find(id(0))).toMatchObject({ collection: 'fish', filename: 'new.jpg' });
        expect((await catalogue.list({ limit: 10, collection: 'birds' })).items).toEqual([]);
        expect((await catalogue.list({ limit: 10, collection: 'fish', statuses: ['pending'] })).items).toHaveLength(1);
      });

      test('leave what people see alone until they are ready', async () => {
        await add(0);
        const first = await makeReady(id(0));
        await addVersion(id(0));
        expect(await catalogue.find(id(0))).toMatchObject({
          newest: { version: 2, status: 'pending' },
          visible: first,
        });
        const failed = fail(await begun(id(0), 2), { code: 'corrupt', message: '' }, known, t0 + 2000);
        await catalogue.move(failed);
        expect(await catalogue.find(id(0))).toMatchObject({ newest: failed, visible: first });
        await addVersion(id(0));
        const third = await makeReady(id(0), 3);
        expect(await catalogue.find(id(0))).toMatchObject({ newest: third, visible: third });
      });

      test('never bring an older one back when it becomes ready late', async () => {
        await add(0);
        await addVersion(id(0));
        const second = await makeReady(id(0), 2);
        await makeReady(id(0), 1);
        expect(await catalogue.find(id(0))).toMatchObject({ newest: second, visible: second });
      });

      test('show the newest one that is ready while a newer one is not', async () => {
        await add(0);
        await addVersion(id(0));
        await addVersion(id(0));
        const second = await makeReady(id(0), 2);
        expect(await catalogue.find(id(0))).toMatchObject({ newest: { version: 3 }, visible: second });
      });
    });

    describe('progress', () => {
      test('shows while the attempt that reported it goes on, and disturbs no move', async () => {
        await add(0);
        const processing = await begun(id(0));
        await catalogue.report({ id: id(0), version: 1, attempt: 1 }, 0.5);
        expect(await catalogue.find(id(0))).toMatchObject({ progress: 0.5, newest: processing });
        expect(await catalogue.move(retryLater(processing, t0 + 1500, 'unknown'))).toBe(true);
        expect(await catalogue.find(id(0))).toMatchObject({ progress: 0 });
      });

      test('of an image that is gone is lost without trouble', async () => {
        await expect(catalogue.report({ id: id(0), version: 1, attempt: 1 }, 0.5)).resolves.toBeUndefined();
      });
    });

    describe('a claim', () => {
      const claim = (key: string, fingerprint = 'f', expiresAt = t0 + 86_400_000): Claim => ({
        key,
        fingerprint,
        expiresAt,
      });

      test('lets only the first of its requests add an image', async () => {
        const first = { id: id(0), version: 1, fingerprint: 'f' };
        expect(await add(0, { claim: claim('k') })).toMatchObject({ ...first, made: { id: id(0), version: 1 } });
        expect(await add(1, { claim: claim('k') })).toEqual(first);
        expect(await catalogue.find(id(1))).toBeUndefined();
      });

      test('tells the fingerprint of the request that came first', async () => {
        await add(0, { claim: claim('k', 'first') });
        expect(await add(1, { claim: claim('k', 'second') })).toMatchObject({ id: id(0), fingerprint: 'first' });
      });

      test('lets only the first of its requests add a version', async () => {
        await add(0);
        const next = () =>
          catalogue.addVersion({ id: id(0), draft: (version) => draft(id(0), version), claim: claim('v') });
        const added = await Promise.all([next(), next(), next()]);
        expect(added).toMatchObject(Array.from({ length: 3 }, () => ({ id: id(0), version: 2, fingerprint: 'f' })));
        expect(added.filter((one) => typeof one === 'object' && one.made)).toHaveLength(1);
        expect((await catalogue.find(id(0)))?.newest.version).toBe(2);
      });

      test('is forgotten when it has expired', async () => {
        await add(0, { claim: claim('k', 'f', t0 + 1) });
        expect(await add(1, { claim: claim('k', 'g'), createdAt: t0 + 2 })).toMatchObject({ id: id(1) });
      });
    });

    describe('a list', () => {
      const walk = async (query: Omit<ListQuery, 'after'>) => {
        const pages: string[][] = [];
        let after: ListPosition | undefined;
        do {
          const page = await catalogue.list({ ...query, after });
          pages.push(page.items.map((item) => item.id));
          after = page.next;
        } while (after);
        return pages;
      };

      test('is newest first, in pages, without gaps or repeats', async () => {
        for (let at = 0; at < 7; at++) await add(at);
        expect(await walk({ limit: 3 })).toEqual([[id(6), id(5), id(4)], [id(3), id(2), id(1)], [id(0)]]);
      });

      test('is the sum of its partitions, each image in one of them', async () => {
        for (let at = 0; at < 11; at++) await add(at);
        const whole = (await walk({ limit: 2 })).flat();
        const together: string[] = [];
        for (let partition = 0; partition < catalogue.partitions; partition++)
          together.push(...(await walk({ limit: 2, partition })).flat());
        expect(together.sort()).toEqual(whole.sort());
        expect(whole).toHaveLength(11);
      });

      test('ends with its last full page', async () => {
        for (let at = 0; at < 4; at++) await add(at);
        expect(await walk({ limit: 2 })).toEqual([
          [id(3), id(2)],
          [id(1), id(0)],
        ]);
      });

      test('keeps images of the same moment apart', async () => {
        for (let at = 0; at < 5; at++) await add(at, { createdAt: t0 });
        expect((await walk({ limit: 2 })).flat().sort()).toEqual([0, 1, 2, 3, 4].map(id));
      });

      test('does not shift when images are added meanwhile', async () => {
        for (let at = 0; at < 4; at++) await add(at);
        const first = await catalogue.list({ limit: 2 });
        await add(5);
        const second = await catalogue.list({ limit: 2, after: first.next });
        expect(second.items.map((item) => item.id)).toEqual([id(1), id(0)]);
      });

      test('holds one collection, or one status, or both', async () => {
        await add(0, { collection: 'birds' });
        await add(1, { collection: 'birds' });
        await add(2, { collection: 'fish' });
        await add(3);
        await makeReady(id(0));
        await makeReady(id(2));
        expect(await walk({ limit: 10, collection: 'birds' })).toEqual([[id(1), id(0)]]);
        expect(await walk({ limit: 10, statuses: ['ready'] })).toEqual([[id(2), id(0)]]);
        expect(await walk({ limit: 10, collection: 'birds', statuses: ['ready'] })).toEqual([[id(0)]]);
        expect(await walk({ limit: 1, statuses: ['pending'] })).toEqual([[id(3)], [id(1)]]);
        expect(await walk({ limit: 10, collection: 'none' })).toEqual([[]]);
      });

      test('holds several statuses, in pages, each image once', async () => {
        for (let at = 0; at < 6; at++) await add(at, at < 4 ? { collection: 'birds' } : {});
        await makeReady(id(0));
        await begun(id(1));
        await makeReady(id(4));
        const open = ['pending', 'processing', 'retrying'] as const;
        expect(await walk({ limit: 2, statuses: open })).toEqual([
          [id(5), id(3)],
          [id(2), id(1)],
        ]);
        expect(await walk({ limit: 10, collection: 'birds', statuses: open })).toEqual([[id(3), id(2), id(1)]]);
        expect(await walk({ limit: 1, statuses: ['processing', 'ready'] })).toEqual([[id(4)], [id(1)], [id(0)]]);
        expect(await walk({ limit: 10, statuses: ['failed', 'expired'] })).toEqual([[]]);
        const every = ['pending', 'processing', 'retrying', 'ready', 'failed', 'expired'] as const;
        expect((await walk({ limit: 4, statuses: every })).flat()).toEqual([5, 4, 3, 2, 1, 0].map(id));
      });

      test('is oldest first if it is asked for, in pages, without gaps or repeats', async () => {
        for (let at = 0; at < 5; at++) await add(at, at % 2 === 0 ? { collection: 'birds' } : {});
        await makeReady(id(1));
        await begun(id(3));
        expect(await walk({ limit: 2, order: 'oldest' })).toEqual([[id(0), id(1)], [id(2), id(3)], [id(4)]]);
        expect(await walk({ limit: 2, order: 'oldest', collection: 'birds' })).toEqual([[id(0), id(2)], [id(4)]]);
        expect(await walk({ limit: 2, order: 'oldest', statuses: ['ready', 'pending'] })).toEqual([
          [id(0), id(1)],
          [id(2), id(4)],
        ]);
      });

      test('of many images is in order in pages of any size, in each of its kinds', async () => {
        for (let at = 0; at < 40; at++) await add(at, at % 2 === 0 ? { collection: 'birds' } : {});
        for (let at = 0; at < 40; at += 3) await begun(id(at));
        const every = Array.from({ length: 40 }, (_, at) => 39 - at);
        const expected = (wanted: (at: number) => boolean) => every.filter(wanted).map(id);
        for (const limit of [1, 7, 40, 100]) {
          expect((await walk({ limit })).flat()).toEqual(expected(() => true));
          expect((await walk({ limit, collection: 'birds' })).flat()).toEqual(expected((at) => at % 2 === 0));
          expect((await walk({ limit, statuses: ['processing'] })).flat()).toEqual(expected((at) => at % 3 === 0));
          expect((await walk({ limit, collection: 'birds', statuses: ['processing'] })).flat()).toEqual(
            expected((at) => at % 6 === 0),
          );
        }
        expect((await walk({ limit: 7 })).map((page) => page.length)).toEqual([7, 7, 7, 7, 7, 5]);
      });

      test('goes by the status of the newest version', async () => {
        await add(0);
        await makeReady(id(0));
        await catalogue.addVersion({ id: id(0), draft: (version) => draft(id(0), version) });
        expect(await walk({ limit: 10, statuses: ['ready'] })).toEqual([[]]);
        expect(await walk({ limit: 10, statuses: ['pending'] })).toEqual([[id(0)]]);
      });
    });

    describe('unfinished versions', () => {
      const unfinished = async (since: number) => {
        const found: string[] = [];
        for await (const version of catalogue.unfinished(since)) found.push(`${version.id} ${version.version}`);
        return found.sort();
      };

      test('are those that are not at an end and have not moved for a while', async () => {
        for (let at = 0; at < 5; at++) await add(at, { createdAt: t0 });
        await begun(id(1));
        await makeReady(id(2));
        await catalogue.move(expire((await current(id(3))) as Pending, t0));
        await catalogue.remove(id(4), t0);
        expect(await unfinished(t0)).toEqual([`${id(0)} 1`]);
        expect(await unfinished(t0 + 1000)).toEqual([`${id(0)} 1`, `${id(1)} 1`]);
        expect(await unfinished(t0 - 1)).toEqual([]);
      });

      test('come in the order in which they stopped moving', async () => {
        const order = Array.from({ length: 20 }, (_, at) => (at * 7) % 20);
        for (const at of order) await add(at);
        await catalogue.noteRequeued({ id: id(0), version: 1 }, t0 + 100);
        const found: string[] = [];
        for await (const version of catalogue.unfinished(t0 + 1000)) found.push(version.id);
        expect(found).toEqual([...Array.from({ length: 19 }, (_, at) => at + 1), 0].map(id));
      });

      test('come in shares that are the whole list together, each of them once', async () => {
        for (let at = 0; at < 20; at++) await add(at);
        const found: string[] = [];
        for (const number of [0, 1, 2])
          for await (const version of catalogue.unfinished(t0 + 1000, { number, of: 3 })) found.push(version.id);
        expect(found.sort()).toEqual(Array.from({ length: 20 }, (_, at) => id(at)).sort());
      });

      test('are not told again, once they were handed to the queue again, until as long has passed once more', async () => {
        await add(0);
        await begun(id(0));
        await catalogue.noteRequeued({ id: id(0), version: 1 }, t0 + 9000);
        expect(await unfinished(t0 + 8999)).toEqual([]);
        expect(await unfinished(t0 + 9000)).toEqual([`${id(0)} 1`]);
        expect(await current(id(0))).toMatchObject({ status: 'processing', revision: 1, updatedAt: t0 + 1000 });
        expect(await catalogue.move(retryLater((await current(id(0))) as Processing, t0 + 9500, 'unknown'))).toBe(true);
        expect(await unfinished(t0 + 9499)).toEqual([]);
        expect(await unfinished(t0 + 9500)).toEqual([`${id(0)} 1`]);
      });

      test('are not made of what is at an end, or is not there, by handing it to the queue again', async () => {
        await add(0);
        await makeReady(id(0));
        await catalogue.noteRequeued({ id: id(0), version: 1 }, t0);
        await catalogue.noteRequeued({ id: id(1), version: 1 }, t0);
        expect(await unfinished(t0 + 9000)).toEqual([]);
      });

      test('include older ones of an image whose newest is ready', async () => {
        await add(0);
        await catalogue.addVersion({ id: id(0), draft: (version) => draft(id(0), version) });
        await makeReady(id(0), 2);
        expect(await unfinished(t0 + 5000)).toEqual([`${id(0)} 1`]);
      });
    });

    describe('a removed image', () => {
      const tombstones = async () => {
        const found: Tombstone[] = [];
        for await (const tombstone of catalogue.openDeletions()) found.push(tombstone);
        return found;
      };
      const openDeletions = async () => (await tombstones()).map((tombstone) => tombstone.id);

      test('is not found, not listed and not moved, and late calls do not change that', async () => {
        await add(0);
        const processing = await begun(id(0));
        const tombstone = { id: id(0), deletedAt: t0 + 1, purgedAt: null, late: false };
        expect(await catalogue.remove(id(0), t0 + 1)).toEqual(tombstone);
        expect(await tombstones()).toEqual([tombstone]);
        expect(await catalogue.find(id(0))).toBeUndefined();
        expect(await catalogue.version(id(0), 1)).toBeUndefined();
        expect((await catalogue.list({ limit: 10 })).items).toEqual([]);
        expect((await catalogue.list({ limit: 10, statuses: ['processing'] })).items).toEqual([]);
        expect(await catalogue.move(finish(processing, rendering, known, t0 + 2))).toBe(false);
        expect(await catalogue.find(id(0))).toBeUndefined();
      });

      test('is removed once; its id is never free again', async () => {
        await add(0);
        await catalogue.remove(id(0), t0 + 1);
        expect(await catalogue.remove(id(0), t0 + 2)).toBeUndefined();
        expect(await catalogue.remove(id(1), t0 + 2)).toBeUndefined();
        await expect(add(0)).rejects.toThrow();
      });

      test('comes after those that were removed before it', async () => {
        const order = Array.from({ length: 20 }, (_, at) => (at * 7) % 20);
        for (let at = 0; at < 20; at++) await add(at);
        for (const at of order) await catalogue.remove(id(at), t0 + at);
        expect(await openDeletions()).toEqual(order.toSorted((one, other) => one - other).map(id));
      });

      test('is remembered as an open deletion until its objects are gone', async () => {
        await add(0);
        await add(1);
        await catalogue.remove(id(0), t0 + 1);
        expect(await openDeletions()).toEqual([id(0)]);
        await catalogue.closeDeletion(id(0));
        expect(await openDeletions()).toEqual([]);
        expect(await catalogue.find(id(0))).toBeUndefined();
      });

      test('remembers when the CDN was told, and adds one event for it, after that of the deletion', async () => {
        await add(0);
        await catalogue.remove(id(0), t0 + 1);
        await catalogue.notePurged(id(0), t0 + 2);
        await catalogue.notePurged(id(0), t0 + 3);
        expect(await tombstones()).toEqual([{ id: id(0), deletedAt: t0 + 1, purgedAt: t0 + 2, late: false }]);
        await catalogue.closeDeletion(id(0));
        await catalogue.notePurged(id(0), t0 + 4);
        expect(await openDeletions()).toEqual([]);
        expect(await subject.events()).toEqual([
          { type: 'image.deleted', id: id(0), at: t0 + 1 },
          { type: 'image.purged', id: id(0), at: t0 + 2 },
        ]);
      });

      test('remembers for good that a variant came late, before the CDN was told or after', async () => {
        for (const at of [0, 1]) {
          await add(at);
          await catalogue.remove(id(at), t0 + at);
        }
        await catalogue.noteLate(id(0));
        await catalogue.notePurged(id(0), t0 + 2);
        await catalogue.notePurged(id(1), t0 + 3);
        await catalogue.noteLate(id(1));
        expect(await tombstones()).toEqual([
          { id: id(0), deletedAt: t0, purgedAt: t0 + 2, late: true },
          { id: id(1), deletedAt: t0 + 1, purgedAt: t0 + 3, late: true },
        ]);
        await catalogue.closeDeletion(id(1));
        await catalogue.noteLate(id(1));
        expect(await openDeletions()).toEqual([id(0)]);
      });

      test('is the only one that can be purged or late: what is there, or never was, stays as it is', async () => {
        await add(0);
        const before = await catalogue.find(id(0));
        for (const one of [id(0), id(1)]) {
          await catalogue.notePurged(one, t0 + 1);
          await catalogue.noteLate(one);
        }
        expect(await catalogue.find(id(0))).toEqual(before);
        expect(await tombstones()).toEqual([]);
        expect(await subject.events()).toEqual([]);
        await catalogue.remove(id(0), t0 + 2);
        expect(await tombstones()).toEqual([{ id: id(0), deletedAt: t0 + 2, purgedAt: null, late: false }]);
      });
    });
  });
};
