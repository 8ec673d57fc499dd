import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BulkJob, laneId, newBulkJob } from '../../lib/core/bulk-job.ts';
import type { BulkJobs, ListPosition } from '../../lib/ports.ts';

type Subject = { readonly jobs: BulkJobs; readonly close: () => Promise<void> };

const job = (letter: string): BulkJob =>
  newBulkJob(
    { id: letter.repeat(26), selection: { collection: 'birds' }, preset: null, dryRun: false },
    1_790_000_000_000,
  );

/** What every book of jobs promises. */
export const jobBookContract = (name: string, open: () => Promise<Subject>): void => {
  describe(`${name} as a book of jobs`, () => {
    let subject: Subject;
    let jobs: BulkJobs;
    beforeEach(async () => {
      subject = await open();
      jobs = subject.jobs;
    });
    afterEach(() => subject.close());

    const unfinished = async () => {
      const found: string[] = [];
      for await (const one of jobs.unfinished()) found.push(one.id);
      return found.sort();
    };
    const claim = (fingerprint: string) => ({ key: 'k', fingerprint, expiresAt: 1_790_000_001_000 });

    test('finds what was added, and nothing else', async () => {
      await jobs.add(job('a'));
      expect(await jobs.find('a'.repeat(26))).toEqual(job('a'));
      expect(await jobs.find('b'.repeat(26))).toBeUndefined();
    });

    test('saves a job only over the revision that it was computed from', async () => {
      await jobs.add(job('a'));
      const next = { ...job('a'), revision: 1, done: 5 };
      expect(await jobs.save(next)).toBe(true);
      expect(await jobs.save({ ...next, done: 9 })).toBe(false);
      expect(await jobs.find('a'.repeat(26))).toEqual(next);
      expect(await jobs.save({ ...job('b'), revision: 1 })).toBe(false);
    });

    test('knows which jobs are open: they run, or images of them are with the renderers', async () => {
      for (const letter of 'abcde') await jobs.add(job(letter));
      const underWay = [{ id: 'z'.repeat(26), version: 2 }];
      await jobs.save({ ...job('a'), revision: 1, status: 'done' });
      await jobs.save({ ...job('b'), revision: 1, status: 'paused' });
      await jobs.save({ ...job('c'), revision: 1, status: 'cancelled' });
      await jobs.save({ ...job('d'), revision: 1, status: 'cancelled', underWay });
      expect(await unfinished()).toEqual(['d'.repeat(26), 'e'.repeat(26)]);
    });

    test('lists jobs, newest first, page by page, of every status', async () => {
      expect(await jobs.list({ limit: 10 })).toEqual({ items: [], next: undefined });
      const added = [...'abcde'].map((letter, at) => ({ ...job(letter), createdAt: 1_790_000_000_000 + (at >> 1) }));
      for (const each of added) await jobs.add(each);
      await jobs.save({ ...job('a'), revision: 1, status: 'done' });
      const found: string[] = [];
      let pages = 0;
      for (let after: ListPosition | undefined, end = false; !end; pages++) {
        const { items, next } = await jobs.list({ limit: 2, after });
        found.push(...items.map(({ id }) => id[0] ?? ''));
        after = next;
        end = next === undefined;
      }
      expect([found.join(''), pages]).toEqual(['edcba', 3]);
    });

    test('finds and saves a lane of a job, and shows it in no list', async () => {
      const lane = { ...job('a'), id: laneId('a'.repeat(26), 3), part: 3 };
      await jobs.add(job('a'));
      await jobs.add(lane);
      const next = { ...lane, revision: 1, total: 7 };
      expect(await jobs.save(next)).toBe(true);
      expect(await jobs.find(lane.id)).toEqual(next);
      expect(await unfinished()).toEqual(['a'.repeat(26)]);
      const after = { createdAt: job('a').createdAt + 1, id: 'z' };
      for (const query of [{ limit: 10 }, { limit: 10, after }])
        expect((await jobs.list(query)).items).toEqual([job('a')]);
    });

    test('adds one job under a claim, until the claim has expired', async () => {
      expect(await jobs.add(job('a'), claim('f'))).toEqual({ job: job('a'), fingerprint: 'f' });
      expect(await jobs.add(job('b'), claim('g'))).toEqual({ job: job('a'), fingerprint: 'f' });
      expect(await jobs.find('b'.repeat(26))).toBeUndefined();
      const later = { ...job('c'), createdAt: 1_790_000_002_000 };
      expect(await jobs.add(later, { ...claim('h'), expiresAt: 1_790_000_003_000 })).toMatchObject({ job: later });
    });
  });
};
