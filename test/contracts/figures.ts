import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { presentFigures } from '../../lib/api/present.ts';
import { recentFigures } from '../../lib/contract/answers.ts';
import { figureNames } from '../../lib/core/figures.ts';
import type { Figures, RecentFigures } from '../../lib/ports.ts';

type Subject = {
  readonly figures: Figures;
  readonly now: () => number;
  /** Lets so much happen that every series has a value: three images became ready, and one failed. */
  readonly happen: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** What a page may rely on when it draws the figures of any home. */
export const figuresContract = (name: string, open: () => Promise<Subject>): void => {
  describe(`${name} as figures`, () => {
    let subject: Subject;
    let found: RecentFigures;
    beforeAll(async () => {
      subject = await open();
      await subject.happen();
      found = await subject.figures.recent(60);
    });
    afterAll(() => subject.close());

    const most = (values: readonly (number | null)[]) => Math.max(...values.map((value) => value ?? 0));

    test('have series of equal length, that end a short time ago', () => {
      const lengths = new Set(figureNames.map((series) => found.series[series].length));
      expect(lengths.size).toBe(1);
      expect(Object.keys(found.series).sort()).toEqual([...figureNames].sort());
      const agoMs = subject.now() - found.to;
      expect(agoMs).toBeGreaterThanOrEqual(0);
      expect(agoMs).toBeLessThan(3 * 60_000);
    });

    test('say what happened: what became ready, what failed, how long it took, what waited', () => {
      const { ready, failed, waiting, renderMedianMs, renderP95Ms, answerP95Ms } = found.series;
      expect([most(ready), most(failed), most(waiting)]).toEqual([3, 1, 2]);
      expect(most(renderMedianMs)).toBeGreaterThan(0);
      expect(most(renderP95Ms)).toBeGreaterThan(most(renderMedianMs));
      expect(most(answerP95Ms)).toBeGreaterThan(0);
    });

    test('count the renders and what one took', () => {
      expect(found.renders.count).toBe(3);
      expect(found.renders.cpuMs).toBeCloseTo(200);
      expect(found.renders.since).toBeLessThanOrEqual(found.to);
    });

    test('go back as far as is asked for, and no further', async () => {
      const { series, stepMs, to } = await subject.figures.recent(2);
      expect(to).toBe(found.to);
      for (const name of figureNames) {
        expect(series[name].length).toBeLessThanOrEqual((2 * 60_000) / stepMs);
        expect(series[name]).toEqual(found.series[name].slice(-series[name].length));
      }
    });

    test('are an answer that the contract allows', () => {
      expect(recentFigures.safeParse(presentFigures(found)).error?.issues).toBeUndefined();
    });
  });
};
