import { describe, expect, test } from '@jest/globals';
import {
  callOverheadPerImage,
  costOf,
  prices,
  reprocessingCost,
  sumOf,
  typicalUsage,
} from '../../../lib/adapters/aws/cost.ts';
import { movedFromBytes } from '../../../lib/infra/originals.ts';

describe('The cost', () => {
  test('of many images is that of one, as often', () => {
    const one = costOf({ ...typicalUsage, images: 1 });
    const many = costOf({ ...typicalUsage, images: 1000 });
    expect(sumOf(many.once)).toBeCloseTo(1000 * sumOf(one.once), 10);
    expect(sumOf(many.monthly)).toBeCloseTo(1000 * sumOf(one.monthly), 10);
  });

  test('of a render is its time by its memory', () => {
    const usage = { ...typicalUsage, images: 1, renderMemoryMib: 1024 };
    const second =
      costOf({ ...usage, renderSeconds: 3 }).once.compute - costOf({ ...usage, renderSeconds: 2 }).once.compute;
    expect(second).toBeCloseTo(0.0000133334, 12);
  });

  test('of keeping originals is less where they are cold, and moving them has its price', () => {
    const [warm, cold] = [false, true].map((cold) => costOf({ ...typicalUsage, cold }));
    expect(cold?.monthly.originals).toBeLessThan(warm?.monthly.originals ?? 0);
    expect(warm?.move['to the colder class']).toBe(0);
    expect(cold?.move['to the colder class']).toBeCloseTo(0.02, 10);
  });

  test('of a move comes back as a lower price of keeping: in nine days for 4 MB, in three months for the smallest that moves', () => {
    const savedBy = (bytes: number) => (bytes / 1024 ** 3) * (prices.s3GibMonth - prices.s3ColdGibMonth);
    const months = (bytes: number) => prices.s3ColdMove / savedBy(bytes);
    expect(Math.ceil(months(4_000_000) * 30)).toBe(9);
    expect(months(movedFromBytes)).toBeLessThan(3);
    expect(months(movedFromBytes / 2)).toBeGreaterThan(3);
  });

  test('of deleting images is that of one path of the CDN for each', () => {
    expect(sumOf(costOf({ ...typicalUsage, images: 1000 }).deletion)).toBeCloseTo(5, 10);
  });

  test('of a reprocess has the reading of cold originals in it', () => {
    const work = { images: 1000, files: 21_000, seconds: 2000 };
    const [warm, cold] = [false, true].map((cold) => reprocessingCost(work, 1792, cold));
    // 4 GB at $0.03, and a thousand requests at a cent.
    expect((cold ?? 0) - (warm ?? 0)).toBeCloseTo((4e9 / 1024 ** 3) * 0.03 + 0.01, 9);
  });

  test('of keeping an image has its place in the table and the audits in it', () => {
    const { table, audit } = costOf(typicalUsage).monthly;
    // Worked out by hand for a thousand images: 4 kB each with backups, and 23 objects listed 22.5 times.
    expect(table).toBeCloseTo((4e6 / 1024 ** 3) * 0.45, 9);
    expect(audit).toBeCloseTo(22.5 * (23 * 5e-6 + 1000 * 0.125e-6), 9);
  });

  test('apart from the render is a fraction of a cent', () => {
    expect(callOverheadPerImage).toBeGreaterThan(0);
    expect(callOverheadPerImage).toBeLessThan(0.001);
  });

  test('of a reprocess grows with its files and its seconds, and is nothing for nothing', () => {
    const work = { images: 1000, files: 21_000, seconds: 2000 };
    const cost = reprocessingCost(work, 1792, false);
    const [moreFiles, longer] = [{ files: 42_000 }, { seconds: 4000 }].map((more) =>
      reprocessingCost({ ...work, ...more }, 1792, false),
    );
    expect((moreFiles ?? 0) - cost).toBeCloseTo(21_000 * prices.s3Put, 9);
    expect((longer ?? 0) - cost).toBeCloseTo(2000 * 1.75 * prices.lambdaGibSecond, 9);
    expect(reprocessingCost({ images: 0, files: 0, seconds: 0 }, 1792, true)).toBe(0);
  });
});
